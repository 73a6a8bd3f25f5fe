"""Figures of the calls in a window of time, from the audit log.

The log is indexed by id, and ids are UUIDv7: they begin with the time (RFC 9562 §5.7). Each question is one query
over the newest MOST_EVENTS events of the window at most, so that the page costs the same at ten million events.
"""

import datetime as dt
import math
import uuid
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from audit.catalogue import COPIES_OVER
from audit.models import AuditEvent
from config.dashboard.epoch import EpochBucket
from config.dashboard.outcomes import Outcomes

COMPLETED = "proxy.request.completed"
FAILED = "proxy.request.failed"
ABORTED = "proxy.request.aborted"
REJECTED = "proxy.request.rejected"
ENDINGS = (COMPLETED, FAILED, ABORTED, REJECTED)

MOST_EVENTS = 200_000
MOST_TIMINGS = 5_000
TOP = 5


class Window(NamedTuple):
    """A length of time and the bars that it is drawn with."""

    key: str
    title: str
    length: dt.timedelta
    bar: dt.timedelta


WINDOWS = {
    "1h": Window("1h", "Last hour", dt.timedelta(hours=1), dt.timedelta(minutes=1)),
    "24h": Window("24h", "Last 24 hours", dt.timedelta(hours=24), dt.timedelta(minutes=15)),
}


class Timings(NamedTuple):
    """Percentiles in milliseconds; None where nothing was measured."""

    p50: float | None
    p95: float | None


class Row(NamedTuple):
    """A line of a top list."""

    name: str
    calls: int
    tokens: int
    troubles: int


class Figures(NamedTuple):
    """Everything that the overview shows of one window."""

    window: Window
    since: dt.datetime
    until: dt.datetime
    capped: bool
    outcomes: Outcomes
    bars: list[tuple[dt.datetime, Outcomes]]
    tokens_in: int
    tokens_out: int
    latency: Timings
    first_token: Timings
    models: list[Row]
    callers: list[Row]
    teams: list[Row]


def first_id(when: dt.datetime) -> uuid.UUID:
    """The smallest id that a record made at `when` can have."""
    return uuid.UUID(int=int(when.timestamp() * 1000) << 80)


def gather(events: QuerySet[AuditEvent], window: Window, now: dt.datetime) -> Figures:
    """Ask everything about `window`, which ends `now` (aware, UTC)."""
    since = now - window.length
    recent = events.filter(id__gte=first_id(since))
    oldest = recent.order_by("-id").values_list("id", flat=True)[MOST_EVENTS : MOST_EVENTS + 1].first()
    newest = recent.filter(id__gt=oldest) if oldest else recent
    calls = newest.filter(type__in=ENDINGS)
    bars = _bars(calls, window, since, now)
    tokens = newest.filter(type__in=(*ENDINGS, *COPIES_OVER)).aggregate(
        sent=Coalesce(Sum("tokens_in"), 0), received=Coalesce(Sum("tokens_out"), 0)
    )
    latency, first_token = _timings(calls)
    return Figures(
        window, since, now, bool(oldest), _added(outcomes for _, outcomes in bars), bars,
        tokens["sent"], tokens["received"], latency, first_token,
        _top(calls, "model_requested"), _top(calls, "key_prefix", "actor_name"), _top(calls, "team_id"),
    )  # fmt: skip


def _bars(
    calls: QuerySet[AuditEvent], window: Window, since: dt.datetime, now: dt.datetime
) -> list[tuple[dt.datetime, Outcomes]]:
    """Every bar of the window, also the empty ones, oldest first."""
    seconds = int(window.bar.total_seconds())
    counted: dict[int, dict[str, int]] = {}
    rows = calls.order_by().annotate(bar=EpochBucket("occurred_at", seconds)).values_list("bar", "type")
    for bar, kind, number in rows.annotate(number=Count("pk")):
        counted.setdefault(bar, {})[kind] = number
    first, last = (math.floor(when.timestamp() / seconds) for when in (since, now))
    return [
        (dt.datetime.fromtimestamp(bar * seconds, dt.UTC), Outcomes(*(counted.get(bar, {}).get(k, 0) for k in ENDINGS)))
        for bar in range(first, last + 1)
    ]


def _added(outcomes: Iterable[Outcomes]) -> Outcomes:
    return Outcomes(*(sum(column) for column in zip(*outcomes, strict=True)))


def _timings(calls: QuerySet[AuditEvent]) -> tuple[Timings, Timings]:
    newest = calls.filter(type=COMPLETED).order_by("-id")
    measured = list(newest.values_list("duration_us", "ttft_us")[:MOST_TIMINGS])
    return (
        _percentiles([duration for duration, _ in measured if duration is not None]),
        _percentiles([first for _, first in measured if first is not None]),
    )


def _percentiles(microseconds: Sequence[int]) -> Timings:
    """Nearest rank (the smallest value that at least p of all do not exceed)."""
    if not microseconds:
        return Timings(None, None)
    ordered = sorted(microseconds)
    rank = [max(0, math.ceil(len(ordered) * share) - 1) for share in (0.5, 0.95)]
    return Timings(*(ordered[index] / 1000 for index in rank))


def _top(calls: QuerySet[AuditEvent], *names: str) -> list[Row]:
    """The TOP values of the columns `names` by number of calls."""
    found = (
        calls.order_by().values_list(*names)
        .annotate(
            number=Count("pk"),
            tokens=Coalesce(Sum("tokens_in"), 0) + Coalesce(Sum("tokens_out"), 0),
            troubles=Count("pk", filter=Q(type__in=(FAILED, REJECTED))),
        )
        .order_by("-number")
    )  # fmt: skip
    rows = [(" · ".join(str(v) for v in row[: len(names)] if v), *row[len(names) :]) for row in found[: TOP + 1]]
    return [Row(name, number, tokens, troubles) for name, number, tokens, troubles in rows if name][:TOP]
