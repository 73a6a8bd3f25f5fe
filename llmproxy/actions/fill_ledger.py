"""Bring the ledger up to the audit log: one row for each call that ended. Run twice, it makes each row once."""

import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation
from audit.catalogue import COPIES_OVER
from audit.models import AuditEvent
from llmproxy.ledger.entries import FINISHED, TAKEN, entry_of
from llmproxy.models import LedgerCursor, LedgerEntry, LedgerTag

BATCH = 500
SCANNED = 5000


def execute(most_batches: int = 200) -> int:
    """How many rows were made. Two at once take turns: the cursor's row is locked."""
    made = 0
    for _ in range(most_batches):
        began = timezone.now()
        done, ended = _fill()
        made += done
        if ended:
            LedgerCursor.objects.filter(pk=1).update(caught_up_at=began)
            break
    return made


def _fill() -> tuple[int, bool]:
    """Rows made, and whether the log was read to its end."""
    LedgerCursor.objects.get_or_create(pk=1)
    with transaction.atomic():
        cursor = LedgerCursor.objects.select_for_update().get(pk=1)
        events = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS)
        leaves = events.filter(leaf_index__gte=cursor.next_leaf, leaf_index__lt=cursor.next_leaf + SCANNED)
        # First how far, then what: records that are taken in meanwhile are for the next time, and not passed over.
        newest = leaves.order_by("-leaf_index").values_list("leaf_index", flat=True).first()
        if newest is None:
            return 0, True
        wanted = leaves.filter(type__in=TAKEN, leaf_index__lte=newest).defer("raw", "leaf_hash", "user_agent")
        found = list(wanted.order_by("leaf_index")[:BATCH])
        over = [event for event in found if event.type in COPIES_OVER]
        made = LedgerEntry.objects.bulk_create(
            _entries([event for event in found if event.type not in COPIES_OVER]), ignore_conflicts=True
        )
        _finish(over)
        tags = [LedgerTag(entry=entry, tag=tag) for entry in made for tag in entry.tags]
        LedgerTag.objects.bulk_create(tags, ignore_conflicts=True)
        following = found[-1].leaf_index + 1 if len(found) == BATCH else newest + 1
        ended = len(found) < BATCH and following < cursor.next_leaf + SCANNED
        LedgerCursor.objects.filter(pk=1).update(next_leaf=following)
    return len(made), ended


def _finish(over: Sequence[AuditEvent]) -> None:
    """The rows of copies that ended say from now on what was used; one that was priced anew stays as it is."""
    ended = [event for event in over if _is_uuid(event.attrs.get("copy_id"))]
    entries = {entry.pk: entry for entry in _entries(ended)}
    begun = LedgerEntry.objects.filter(pk__in=entries, repricing=None).values_list("pk", flat=True)
    LedgerEntry.objects.bulk_update([entries[pk] for pk in begun], FINISHED, batch_size=50)


def _entries(events: Sequence[AuditEvent]) -> list[LedgerEntry]:
    ids = {event.organisation_id for event in events if _is_uuid(event.organisation_id)}
    organisations = {str(pk): pk for pk in Organisation.objects.filter(pk__in=ids).values_list("pk", flat=True)}
    starts = _starts(events)
    return [entry_of(event, starts.get(str(event.attrs.get("started_id"))), organisations) for event in events]


def _starts(events: Sequence[AuditEvent]) -> dict[str, AuditEvent]:
    """The beginnings of calls whose end the ingester wrote, because their process was gone."""
    ids = [event.attrs["started_id"] for event in events if _is_uuid(event.attrs.get("started_id"))]
    rows = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).filter(pk__in=ids) if ids else ()
    return {str(row.pk): row for row in rows}


def _is_uuid(text: object) -> bool:
    try:
        uuid.UUID(str(text))
    except ValueError:
        return False
    return True
