"""What a change of a route would have done to the last day's calls: planned again by the rules as they would be."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.models import AuditEvent
from llmproxy.actions.explain_call import TERMINAL
from llmproxy.catalog import Route as CatalogRoute
from llmproxy.catalog.loading import load
from llmproxy.models import Route
from llmproxy.pricing import cost_nano
from llmproxy.routing.ask import Ask
from llmproxy.routing.chance import salt_of
from llmproxy.routing.plan import plan
from llmproxy.routing.standing import NothingKnown
from llmproxy.wires.usage import Usage

SPAN = timedelta(days=1)
MOST_CALLS = 5000
NOBODY = "nobody: the call would be refused"
WELL = NothingKnown()


@dataclass(slots=True)
class Review:
    """What it would have done.

    Attributes:
        calls: that were looked at; `cut` says that there were more.
        moved: that would have gone to another deployment first.
        before, after: calls by deployment: which served in fact, which would be first.
        cost_before, cost_after: nano-dollars of those calls whose price is known both times.
        unpriced: calls that are in neither.
        untold: names of metadata and headers that conditions ask for; the log does not keep them, so they count as
            not sent.
    """

    calls: int = 0
    cut: bool = False
    moved: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    cost_before: int = 0
    cost_after: int = 0
    unpriced: int = 0
    untold: tuple[str, ...] = ()

    @property
    def costs(self) -> tuple[str, str]:
        """In fact and with the change, in dollars."""
        before, after = (f"${nano / 10**9:,.4f}" for nano in (self.cost_before, self.cost_after))
        return before, after

    @property
    def rows(self) -> list[tuple[str, int, int]]:
        """(deployment, calls before, calls after), the most used first."""
        names = sorted(self.before | self.after, key=lambda name: (-self.after[name], -self.before[name], name))
        return [(name, self.before[name], self.after[name]) for name in names]


class _Undone(Exception):
    """Takes the transaction of a trial back."""


def execute(route: Route, change: Callable[[], None]) -> Review:
    """Make `change` in a transaction that is always taken back, and plan the last day's calls by what it made.

    Raises:
        Whatever `change` raises, such as ValidationError.
    """
    try:
        with transaction.atomic():
            change()
            review = by_current_rows(route)
            raise _Undone
    except _Undone:
        return review


def by_current_rows(route: Route) -> Review:
    """Plan the last day's calls by the rows as they are in this transaction."""
    found = load(0).by_id.get(str(route.pk))
    review = Review(untold=() if found is None else _untold(found))
    for number, event in enumerate(_calls(route)):
        if number == MOST_CALLS:
            review.cut = True
            break
        _judge(review, found, event)
    return review


def _calls(route: Route) -> Iterator[AuditEvent]:
    rows = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).filter(type__in=TERMINAL)
    if route.organisation_id is not None:
        rows = rows.filter(organisation_id=str(route.organisation_id))
    newest = rows.filter(occurred_at__gte=timezone.now() - SPAN).order_by("-id")
    for event in newest.iterator(chunk_size=500):
        kept = event.attrs.get("plan")
        if isinstance(kept, dict) and kept.get("route") == str(route.pk):
            yield event


def _judge(review: Review, route: CatalogRoute | None, event: AuditEvent) -> None:
    served = f"{event.provider}/{event.model_served}"
    review.calls += 1
    review.before[served] += 1
    made = None if route is None else plan(route.policy, route.places, _ask(event), WELL)
    first = made.candidates[0].place if made is not None and made.candidates else None
    name = NOBODY if first is None else first.label
    review.after[name] += 1
    review.moved += name != served
    usage = Usage(event.tokens_in or 0, event.tokens_out or 0, event.tokens_cached or 0, event.tokens_reasoning or 0)
    cost = None if first is None else cost_nano(usage, first.price)
    if cost is None or event.cost_nano is None:
        review.unpriced += 1
    else:
        review.cost_before += event.cost_nano
        review.cost_after += cost


def _ask(event: AuditEvent) -> Ask:
    kept: dict[str, Any] = event.attrs.get("plan", {})
    seed = kept.get("seed")
    return Ask(
        organisation=event.organisation_id,
        team=event.team_id or None,
        prompt_tokens=event.tokens_in or 0,
        needs=frozenset(str(need) for need in kept.get("needs", ())),
        at=event.occurred_at.timestamp(),
        seed=int(seed, 16) if isinstance(seed, str) else salt_of(str(event.pk)),
    )


def _untold(route: CatalogRoute) -> tuple[str, ...]:
    names = {
        f"{kind} {name}"
        for place in route.places
        for kind, wanted in (("metadata", place.conditions.metadata), ("header", place.conditions.headers))
        for name, _ in wanted
    }
    return tuple(sorted(names))
