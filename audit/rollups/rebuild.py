"""Making the roll-ups anew from the log."""

import datetime as dt

from django.conf import settings
from django.db import transaction

from audit.ingest.projection import parsed
from audit.ingest.store import Store
from audit.models import AuditEvent, LatencyRollUp, RollUp
from audit.retention.explained import Explained, removals
from audit.retention.periods import Month
from audit.rollups.accumulate import add

BATCH = 2000


def rebuild() -> int:
    """Count every event again; how many that were. New events wait meanwhile, so that none is counted twice.

    Figures of months of which events were removed after their time stay as they are: they cannot be counted again.
    """
    alias: str = settings.AUDIT_DB_ALIAS
    counted, after, since = 0, -1, _whole_since(alias)
    with transaction.atomic(using=alias):
        Store().locked_tree()
        RollUp.objects.using(alias).filter(start__gte=since).delete()
        LatencyRollUp.objects.using(alias).filter(start__gte=since).delete()
        countable = AuditEvent.objects.using(alias).filter(occurred_at__gte=since)
        events = countable.order_by("leaf_index").values_list("leaf_index", "raw")
        while batch := list(events.filter(leaf_index__gt=after)[:BATCH]):
            add(alias, [parsed(bytes(raw)) for _, raw in batch])
            counted, after = counted + len(batch), batch[-1][0]
    return counted


def _whole_since(alias: str) -> dt.datetime:
    """The end of the newest month of which events were removed."""
    months = [str(one.about["month"]) for one in removals(alias) if isinstance(one, Explained)]
    return Month(max(months)).end if months else dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
