"""Counts by the minute are kept for a while; hours and days stay. What was pruned can be counted again (rebuild)."""

import datetime as dt

from django.conf import settings
from django.utils import timezone

from audit.models import LatencyRollUp, RollUp
from audit.models.rollup import MINUTE

AT_ONCE = dt.timedelta(days=1)  # ingest waits for one statement on SQLite


def horizon() -> dt.datetime:
    """From when on every minute is still there."""
    return timezone.now() - dt.timedelta(days=settings.AUDIT_MINUTES_DAYS)


def prune() -> int:
    """Delete the counts of minutes before the horizon; how many rows that were."""
    return sum(_pruned(model, horizon()) for model in (RollUp, LatencyRollUp))


def _pruned(model: type[RollUp] | type[LatencyRollUp], until: dt.datetime) -> int:
    rows, gone = model._default_manager.using(settings.AUDIT_DB_ALIAS).filter(width=MINUTE), 0
    while (
        oldest := rows.filter(start__lt=until).order_by("start").values_list("start", flat=True).first()
    ) is not None:
        gone += rows.filter(start__lt=min(until, oldest + AT_ONCE)).delete()[0]
    return gone
