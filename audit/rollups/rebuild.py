"""Making the roll-ups anew from the log."""

from django.conf import settings
from django.db import transaction

from audit.ingest.projection import parsed
from audit.ingest.store import Store
from audit.models import AuditEvent, LatencyRollUp, RollUp
from audit.rollups.accumulate import add

BATCH = 2000


def rebuild() -> int:
    """Count every event again; how many that were. New events wait meanwhile, so that none is counted twice."""
    alias: str = settings.AUDIT_DB_ALIAS
    counted, after = 0, -1
    with transaction.atomic(using=alias):
        Store().locked_tree()
        RollUp.objects.using(alias).all().delete()
        LatencyRollUp.objects.using(alias).all().delete()
        events = AuditEvent.objects.using(alias).order_by("leaf_index").values_list("leaf_index", "raw")
        while batch := list(events.filter(leaf_index__gt=after)[:BATCH]):
            add(alias, [parsed(bytes(raw)) for _, raw in batch])
            counted, after = counted + len(batch), batch[-1][0]
    return counted
