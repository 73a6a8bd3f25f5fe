"""The overview's figures, from the roll-ups alone: they cost the same at ten million events.

Copies of calls (hedges, shadows, filtered answers) are in the tokens and the cost, and not among the calls.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from audit.catalogue import COPIES_OVER
from audit.models import LatencyRollUp, RollUp
from audit.review.period import Period
from audit.review.scope import visible
from audit.rollups.latency import percentile

PROXY = "proxy.request."
ENDINGS = {f"{PROXY}{verb}": verb for verb in ("completed", "failed", "aborted", "rejected")}
TOKENS = ("tokens_in", "tokens_cached", "tokens_out")
CALLS = Q(type__in=ENDINGS)
TOP = 8


class Totals(NamedTuple):
    """Of one period. Latencies in microseconds, cost in nano-units; `unpriced` counts answers without a cost."""

    calls: int
    completed: int
    failed: int
    aborted: int
    rejected: int
    tokens_in: int
    tokens_out: int
    cost_nano: int
    unpriced: int
    p50: float | None
    p95: float | None
    ttft_p50: float | None

    @property
    def answered_share(self) -> float | None:
        """Of the calls that reached a provider, in per cent."""
        reached = self.completed + self.failed
        return self.completed * 100 / reached if reached else None


class Bars(NamedTuple):
    """One list for each chart: (start, value by kind)."""

    outcomes: list[tuple[datetime, dict[str, float]]]
    tokens: list[tuple[datetime, dict[str, float]]]
    cost: list[tuple[datetime, dict[str, float]]]
    latency: list[tuple[datetime, dict[str, float]]]


class Ranked(NamedTuple):
    """A line of a top list."""

    name: str
    calls: int
    tokens: int
    cost_nano: int
    troubles: int


def _rollups(user: Any, period: Period) -> QuerySet[RollUp]:
    rows = RollUp.objects.using(settings.AUDIT_DB_ALIAS).filter(type__in=(*ENDINGS, *COPIES_OVER))
    return visible(_within(rows, period), user)


def _latencies(user: Any, period: Period) -> QuerySet[LatencyRollUp]:
    return visible(_within(LatencyRollUp.objects.using(settings.AUDIT_DB_ALIAS).all(), period), user)


def _within(rows: Any, period: Period) -> Any:
    return rows.filter(width=period.width, start__gte=period.since, start__lt=period.until)


def totals(user: Any, period: Period) -> Totals:
    """Of everything that `user` may see."""
    by_type: dict[str, dict[str, int]] = {}
    sums = {name: Coalesce(Sum(name), 0) for name in ("events", "tokens_in", "tokens_out", "cost_nano", "priced")}
    for row in _rollups(user, period).values("type").annotate(**{f"sum_{name}": value for name, value in sums.items()}):
        values: dict[str, Any] = dict(row)
        by_type[values["type"]] = {name: values[f"sum_{name}"] for name in sums}
    ended = {verb: by_type.get(kind, {}).get("events", 0) for kind, verb in ENDINGS.items()}
    added = {name: sum(row[name] for row in by_type.values()) for name in ("tokens_in", "tokens_out", "cost_nano")}
    duration, ttft = _steps(user, period)
    return Totals(
        calls=sum(ended.values()), **ended, **added,
        unpriced=ended["completed"] - by_type.get(f"{PROXY}completed", {}).get("priced", 0),
        p50=percentile(duration, 0.5), p95=percentile(duration, 0.95), ttft_p50=percentile(ttft, 0.5),
    )  # fmt: skip


def _steps(user: Any, period: Period) -> tuple[Counter[int], Counter[int]]:
    found: dict[str, Counter[int]] = defaultdict(Counter)
    rows = _latencies(user, period).values_list("measure", "step").annotate(number=Sum("events"))
    for measure, step, number in rows:
        found[measure][step] += number
    return found["duration"], found["ttft"]


def bars(user: Any, period: Period) -> Bars:
    """Every bar of the period, also the empty ones."""
    starts = period.starts()
    outcomes: list[dict[str, float]] = [dict.fromkeys(ENDINGS.values(), 0.0) for _ in starts]
    tokens: list[dict[str, float]] = [dict.fromkeys(TOKENS, 0.0) for _ in starts]
    cost: list[dict[str, float]] = [{"cost": 0.0} for _ in starts]
    rows = _rollups(user, period).values_list("start", "type").annotate(
        number=Sum("events"), sent=Sum("tokens_in"), cached=Sum("tokens_cached"), got=Sum("tokens_out"),
        nano=Sum("cost_nano"),
    )  # fmt: skip
    for start, kind, number, sent, cached, got, nano in rows:
        at = period.bar_of(start)
        if kind in ENDINGS:
            outcomes[at][ENDINGS[kind]] += number
        tokens[at]["tokens_in"] += max(0, sent - cached)
        tokens[at]["tokens_cached"] += cached
        tokens[at]["tokens_out"] += got
        cost[at]["cost"] += nano / 1e9
    pair = [list(zip(starts, column, strict=True)) for column in (outcomes, tokens, cost)]
    return Bars(pair[0], pair[1], pair[2], _latency_bars(user, period, starts))


def _latency_bars(user: Any, period: Period, starts: Sequence[datetime]) -> list[tuple[datetime, dict[str, float]]]:
    steps: list[Counter[int]] = [Counter() for _ in starts]
    rows = _latencies(user, period).filter(measure="duration").values_list("start", "step")
    for start, step, number in rows.annotate(number=Sum("events")):
        steps[period.bar_of(start)][step] += number
    return [
        (start, {"p50": (percentile(c, 0.5) or 0) / 1e6, "p95": (percentile(c, 0.95) or 0) / 1e6})
        for start, c in zip(starts, steps, strict=True)
    ]


def top(user: Any, period: Period, column: str) -> list[Ranked]:
    """The values of `column` (model, team_id, key_id, actor_id, provider) with the most calls."""
    rows = _rollups(user, period).exclude(**{column: ""}).values_list(column)
    ranked = rows.annotate(
        calls=Coalesce(Sum("events", filter=CALLS), 0),
        tokens=Sum(F("tokens_in") + F("tokens_out")),
        nano=Sum("cost_nano"),
        troubles=Coalesce(Sum("events", filter=CALLS & Q(outcome__in=("failure", "error", "denied"))), 0),
    ).order_by("-calls", column)
    return [Ranked(*row) for row in ranked[:TOP]]


def refusals(user: Any, period: Period) -> list[tuple[str, int]]:
    """Why calls were refused or failed: error codes with the most events."""
    rows = (
        _rollups(user, period).filter(CALLS).exclude(error_code="").values_list("error_code").annotate(n=Sum("events"))
    )
    return [(code, number) for code, number in rows.order_by("-n", "error_code")[:TOP]]
