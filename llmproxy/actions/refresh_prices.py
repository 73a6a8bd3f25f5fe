"""Published prices: compare a table with the rows, and, once a person has confirmed it, make the rows follow.

Prices that were entered by hand are never touched. Old prices get an end and stay: they priced calls.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.context import Target
from audit.log import record
from llmproxy.actions import link_deployments
from llmproxy.models import ModelFacts, Price
from llmproxy.models.price import MANUAL
from llmproxy.pricing.published import CLASSES, Entry, Table

GENAI = "llmproxy.pricing.genai"
PLACES = Decimal("1e-9")


class OutOfDate(ValueError):
    """What was confirmed is not what would be done now."""


@dataclass(frozen=True)
class Change:
    """A price that differs. `before` is None where the model had none."""

    entry: Entry
    facts: ModelFacts
    before: Price | None


@dataclass(frozen=True)
class Review:
    """What a refresh would do.

    Attributes:
        new: models that are not known yet.
        changed: known models whose price differs.
        kept: known models whose price was entered by hand.
        same: how many stay as they are.
    """

    table: Table
    new: tuple[Entry, ...]
    changed: tuple[Change, ...]
    kept: tuple[Change, ...]
    same: int

    @property
    def digest(self) -> str:
        """Of everything that a person sees."""
        changed = sorted(f"{change.facts.pk} {change.before.pk if change.before else ''}" for change in self.changed)
        seen = [self.table.digest, str(len(self.new)), *changed]
        return hashlib.sha256("\n".join(seen).encode()).hexdigest()


def packaged(now: datetime | None = None) -> Table:
    """The table in the installed package genai-prices. It is loaded here only: 0.4 s, 30 MB."""
    table: Table = import_module(GENAI).table(now or timezone.now())
    return table


def review(table: Table, now: datetime | None = None) -> Review:
    """What would change; nothing is."""
    known = {(facts.catalogue, facts.model): facts for facts in ModelFacts.objects.all()}
    holding = Price.objects.filter(facts__isnull=False).holding(now or timezone.now())
    prices = {price.facts_id: price for price in holding.order_by("valid_from", "created_at")}
    new: list[Entry] = []
    changed: list[Change] = []
    kept: list[Change] = []
    same = 0
    for entry in table.entries:
        facts = known.get(entry.key)
        if facts is None:
            new.append(entry)
            continue
        before = prices.get(facts.pk)
        if _equal(before, entry):
            same += 1
        else:
            (kept if before is not None and before.source == MANUAL else changed).append(Change(entry, facts, before))
    return Review(table, tuple(new), tuple(changed), tuple(kept), same)


def apply(table: Table, confirmed: str | None = None, now: datetime | None = None) -> Review:
    """Do what `review` shows, from `now` on, in one transaction and on record.

    Args:
        confirmed: the digest of the review that the person saw; None where nobody has to look (the first start).

    Raises:
        OutOfDate: the review would be another one by now.
    """
    now = now or timezone.now()
    with transaction.atomic():
        found = review(table, now)
        if confirmed is not None and confirmed != found.digest:
            raise OutOfDate("The table or the prices have changed since you looked. Look again, then confirm.")
        added = ModelFacts.objects.bulk_create([_facts(entry, table) for entry in found.new], batch_size=500)
        Price.objects.filter(pk__in=[change.before.pk for change in found.changed if change.before]).update(
            valid_to=now
        )
        changes = [(change.entry, change.facts) for change in found.changed]
        priced = [*zip(found.new, added, strict=True), *changes]
        rows = [_price(entry, facts, table, now) for entry, facts in priced if entry.prices or entry.request]
        Price.objects.bulk_create(rows, batch_size=500)
        _recorded(found)
        link_deployments.execute()
    return found


def _facts(entry: Entry, table: Table) -> ModelFacts:
    return ModelFacts(
        catalogue=entry.catalogue,
        model=entry.model,
        name=entry.name,
        context_window=entry.context_window,
        max_output=entry.max_output,
        capabilities=list(entry.capabilities),
        source=table.source,
        source_version=table.version,
    )


def _price(entry: Entry, facts: ModelFacts, table: Table, now: datetime) -> Price:
    return Price(facts=facts, valid_from=now, source=table.source, source_version=table.version, **_columns(entry))


def _columns(entry: Entry) -> dict[str, Any]:
    prices: dict[str, Any] = {name: _exact(entry.prices.get(name)) for name in CLASSES}
    tiers = {
        str(above): {name: format(value.normalize(), "f") for name, value in sorted(own.items())}
        for above, own in entry.tiers.items()
    }
    return {**prices, "request": _exact(entry.request), "tiers": tiers}


def _exact(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(PLACES)


def _equal(before: Price | None, entry: Entry) -> bool:
    if before is None:
        return not entry.prices and not entry.request
    return all(getattr(before, name) == value for name, value in _columns(entry).items())


def _recorded(found: Review) -> None:
    table = found.table
    counts = {"new": len(found.new), "changed": len(found.changed), "kept": len(found.kept), "same": found.same}
    record(
        "admin.prices.refreshed",
        target=Target("price", "", f"{table.source} {table.version}"),
        attrs={"source": table.source, "version": table.version, "digest": table.digest, **counts},
    )
