"""What the filtered events are made of, and when they happened: from the roll-ups."""

import datetime as dt
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet, Sum

from audit.models import RollUp
from audit.review.filters import DIMENSIONS, Filters
from audit.review.period import Period
from audit.review.scope import visible

TOP = 6


class Facet(NamedTuple):
    """A dimension and its most frequent values as (value, events)."""

    name: str
    title: str
    kind: str
    chosen: str
    values: list[tuple[str, int]]


def _rollups(user: Any, period: Period, wanted: Filters) -> QuerySet[RollUp]:
    rows = RollUp.objects.using(settings.AUDIT_DB_ALIAS).filter(
        width=period.width, start__gte=period.since, start__lt=period.until
    )
    return visible(rows if wanted.rollup is None else rows.filter(wanted.rollup), user)


def facets(user: Any, period: Period, wanted: Filters) -> list[Facet]:
    """One for each dimension; the filter on the dimension itself is left off, so that another value can be chosen."""
    return [
        Facet(name, dimension.title, dimension.kind, wanted.given.get(name, ""), _values(user, period, wanted, name))
        for name, dimension in DIMENSIONS.items()
    ]


def _values(user: Any, period: Period, wanted: Filters, name: str) -> list[tuple[str, int]]:
    column = DIMENSIONS[name].column
    rows = _rollups(user, period, wanted.without(name)).exclude(**{column: ""})
    counted = rows.values_list(column).annotate(n=Sum("events")).order_by("-n", column)
    return [(str(value), number) for value, number in counted[:TOP]]


def estimated(user: Any, period: Period, wanted: Filters) -> int | None:
    """How many such events there are; None where only the events themselves could say it."""
    if wanted.rest is not None:
        return None
    return _rollups(user, period, wanted).aggregate(n=Sum("events"))["n"] or 0


def histogram(user: Any, period: Period, wanted: Filters) -> list[tuple[dt.datetime, dict[str, float]]]:
    """Events of each bar, by outcome."""
    starts = period.starts()
    bars: list[dict[str, float]] = [{"success": 0.0, "trouble": 0.0} for _ in starts]
    rows = _rollups(user, period, wanted).values_list("start", "outcome").annotate(n=Sum("events"))
    for start, outcome, number in rows:
        bars[period.bar_of(start)]["success" if outcome in ("success", "") else "trouble"] += number
    return list(zip(starts, bars, strict=True))
