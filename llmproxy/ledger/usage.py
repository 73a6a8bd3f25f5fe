"""What was used and what it cost, by any dimension: sums over the ledger, a page at a time by key."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, TruncDay, TruncHour, TruncMonth

from llmproxy.models import LedgerEntry

DIMENSIONS: Final[Mapping[str, str]] = {
    "organisation": "organisation_id", "team": "team_id", "principal": "principal", "key": "key_id",
    "end_user": "end_user", "budget": "budget_id", "cost_centre": "cost_centre", "model": "model",
    "model_served": "model_served", "provider": "provider", "endpoint": "endpoint", "outcome": "outcome",
    "kind": "kind", "tag": "tag_rows__tag",
}  # fmt: skip
# A call has several of these, and counts under each.
OVERLAPPING: Final = frozenset({"tag"})
TIMES: Final[Mapping[str, Any]] = {"hour": TruncHour, "day": TruncDay, "month": TruncMonth}
GROUPS: Final = (*DIMENSIONS, *TIMES)
SUMS: Final = ("tokens_in", "tokens_cached", "tokens_cache_write", "tokens_out", "tokens_reasoning")


def grouped(
    entries: QuerySet[LedgerEntry], groups: Sequence[str], after: Sequence[Any] | None, limit: int
) -> list[dict[str, Any]]:
    """At most `limit` rows in the order of their groups, from behind the group values `after`.

    `nano` of a row is what is known of its cost; `unpriced` says for how many calls and copies nothing is.
    """
    rows: Any = entries.order_by().exclude(organisation=None)
    for name in groups:
        rows = rows.annotate(**{f"by_{name}": _value(name)})
    names = [f"by_{name}" for name in groups]
    if after is not None:
        rows = rows.filter(_behind(names, after))
    sums: dict[str, Any] = {f"sum_{name}": Sum(name) for name in SUMS}
    sums |= {
        "calls": Count("id", filter=Q(kind=LedgerEntry.Kind.CALL)),
        "copies": Count("id", filter=~Q(kind=LedgerEntry.Kind.CALL)),
        "nano": Sum("cost_nano"),
        "saved": Sum("saved_nano"),
        "unpriced": Count("id", filter=Q(cost_nano=None)),
    }
    if not names:
        return [rows.aggregate(**sums)]
    return list(rows.values(*names).annotate(**sums).order_by(*names)[:limit])


def _value(name: str) -> Any:
    if name in TIMES:
        return TIMES[name]("at")
    return Coalesce(DIMENSIONS[name], Value("")) if name in OVERLAPPING else F(DIMENSIONS[name])


def _behind(names: Sequence[str], after: Sequence[Any]) -> Q:
    """Rows whose values come later, compared from the first to the last. Empty ones come first in every database."""
    found = Q(pk__in=())
    for position, name in enumerate(names):
        same = Q(**{before: after[n] for n, before in enumerate(names[:position])})
        found |= same & Q(**{f"{name}__gt": after[position]})
    return found


def dollars(nano: int | None) -> str | None:
    """As a decimal string; None where nothing is known."""
    return None if nano is None else f"{Decimal(nano) / 10**9:f}"
