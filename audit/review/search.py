"""One page of events by keyset: the same cost at ten million events, and never a count or an offset."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Q, QuerySet, Sum

from audit.event_ids import first_id, moment_of
from audit.models import AuditEvent, RollUp
from audit.models.rollup import DAY, HOUR, MINUTE
from audit.review.filters import Filters
from audit.review.period import Period
from audit.review.scope import events, visible
from audit.rollups.prune import horizon

PAGE = 50
MOST_LOOKED_AT = 20_000
MOST_MINUTES = 400
FEW, GROWTH = 4, 8
LARGEST_ID = uuid.UUID(int=2**128 - 1)


class Page(NamedTuple):
    """What was found.

    Attributes:
        events: newest first.
        older, newer: ids to go on from; None where there is nothing more.
        looked_back_to: where a bounded search stopped before the page was full; go on from `older`.
    """

    events: list[AuditEvent]
    older: uuid.UUID | None
    newer: uuid.UUID | None
    looked_back_to: dt.datetime | None


def page(user: Any, period: Period, wanted: Filters, before: uuid.UUID | None, after: uuid.UUID | None) -> Page:
    """The newest events of the period that `user` may see; older than `before`, or the next newer than `after`."""
    low, high = first_id(period.since), min(before or LARGEST_ID, first_id(period.until))
    rows = events(user).filter(wanted.dimensional, id__gte=low, id__lt=high)
    if after is not None:
        return _newer(rows, wanted, after)
    floor = None
    if wanted.rollup is not None:
        rows, floor = _in_minutes(user, period, wanted, rows, high)
    if wanted.rest is not None:
        floor = floor if wanted.indexed else _floor(rows) or floor
        rows = rows.filter(wanted.rest)
    if floor is not None:
        rows = rows.filter(id__gte=floor)
    found = list(rows.order_by("-id")[: PAGE + 1])
    shown = found[:PAGE]
    newer = shown[0].pk if shown and before is not None else None
    if len(found) > PAGE:
        return Page(shown, shown[-1].pk, newer, None)
    return Page(shown, floor, newer, moment_of(floor) if floor is not None else None)


def _newer(rows: QuerySet[AuditEvent], wanted: Filters, after: uuid.UUID) -> Page:
    if wanted.rest is not None:
        rows = rows.filter(wanted.rest)
    found = list(rows.filter(id__gt=after).order_by("id")[: PAGE + 1])
    shown = list(reversed(found[:PAGE]))
    return Page(shown, shown[-1].pk if shown else None, shown[0].pk if len(found) > PAGE else None, None)


def _floor(rows: QuerySet[AuditEvent]) -> uuid.UUID | None:
    """The id that MOST_LOOKED_AT events back lies; None where there are no more. Nothing is skipped over by OFFSET."""
    recent = rows.order_by("-id").values_list("id", flat=True)[:MOST_LOOKED_AT]
    try:
        sql, params = recent.query.get_compiler(settings.AUDIT_DB_ALIAS).as_sql()
    except EmptyResultSet:
        return None
    with connections[settings.AUDIT_DB_ALIAS].cursor() as cursor:
        cursor.execute(f"SELECT id FROM ({sql}) recent ORDER BY id LIMIT 1", params)  # noqa: S608 (Django's own)
        found = cursor.fetchone()
    if found is None:
        return None
    floor = uuid.UUID(str(found[0]))
    return floor if rows.filter(id__lt=floor).exists() else None


def _in_minutes(
    user: Any, period: Period, wanted: Filters, rows: QuerySet[AuditEvent], high: uuid.UUID
) -> tuple[QuerySet[AuditEvent], uuid.UUID | None]:
    """Only the minutes that hold such events, as many as fill a page: rare values are found without an index.

    Also the id from which on all of them were taken; None where no older minute holds any.
    """
    until = min(period.until, moment_of(high)) if high != LARGEST_ID else period.until
    counts = visible(RollUp.objects.using(settings.AUDIT_DB_ALIAS).filter(wanted.rollup), user)
    spans, number, floor = Q(), 0, None
    enough = PAGE + 1 if wanted.rest is None else MOST_LOOKED_AT
    for place, (start, width, events_in_it) in enumerate(_spans(counts, period.since, until)):
        # The newest minute may lie partly beyond the cursor: what it counts is no promise.
        if place == MOST_MINUTES or (place > 1 and number >= enough):
            break
        floor = first_id(start)
        spans |= Q(id__gte=first_id(start), id__lt=first_id(start + dt.timedelta(seconds=width)))
        number += events_in_it if place else 0
    else:
        floor = None
    return (rows.filter(spans) if spans else rows.none()), floor


def _spans(counts: QuerySet[RollUp], since: dt.datetime, until: dt.datetime) -> Iterator[tuple[dt.datetime, int, int]]:
    """Minutes that hold such events, newest first: found by days, then hours, so that a rare value costs little.

    Of hours whose minutes were pruned (audit.rollups.prune) the whole hour: start, length in seconds, events.
    """
    pruned = horizon() + dt.timedelta(seconds=HOUR)
    for day, _ in _buckets(counts, DAY, since, until):
        for hour, number in _buckets(counts, HOUR, max(since, day), min(until, day + dt.timedelta(days=1))):
            if hour < pruned:
                yield hour, HOUR, number
                continue
            for minute, few in _buckets(counts, MINUTE, max(since, hour), min(until, hour + dt.timedelta(hours=1))):
                yield minute, MINUTE, few


def _buckets(
    counts: QuerySet[RollUp], width: int, since: dt.datetime, until: dt.datetime
) -> Iterator[tuple[dt.datetime, int]]:
    """Buckets that reach into [since, until), newest first: a few at once, then more."""
    first, most = since - dt.timedelta(seconds=width), FEW
    rows = counts.filter(width=width, start__gt=first).order_by("-start").values_list("start").annotate(n=Sum("events"))
    before = until
    while True:
        found = list(rows.filter(start__lt=before)[:most])
        yield from found
        if len(found) < most:
            return
        before, most = found[-1][0], most * GROWTH
