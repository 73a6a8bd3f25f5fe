"""Compare what the database noted with what was recorded: a change without a record becomes a record (AUDIT C2)."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit.context import SYSTEM, Actor, Target
from audit.log import record
from audit.models import AuditEvent, ControlChange, OutboxRecord
from audit.watching.install import install
from audit.watching.tables import RECORD, listed

BATCH = 5000
SHOWN = 20
STRANGER = "anonymous"


def reconcile_changes() -> int:
    """Look at every note there is; how many records about unexplained changes that made.

    Notes of one transaction become visible together, so a change is never looked at before its record.
    Raises DatabaseError, AuditUnavailable: nothing was forgotten, the next run looks again.
    """
    made = _watch_again()
    while True:
        with transaction.atomic():
            notes = list(ControlChange.objects.select_for_update().order_by("id")[:BATCH])
            made += _judged(notes)
        if len(notes) < BATCH:
            return made


def _watch_again() -> int:
    """Triggers that somebody took off or changed: put on again, and said."""
    with transaction.atomic():
        if not (restored := install()):
            return 0
        record("audit.watch.restored", outcome="failure", actor=SYSTEM, attrs={"triggers": restored[:100]})
    return 1


def _judged(notes: list[ControlChange]) -> int:
    transactions = {note.txid for note in notes if note.txid}
    whole = {note.pk: note for note in ControlChange.objects.filter(txid__in=transactions)}
    whole |= {note.pk: note for note in notes}
    recorded = {note.txid for note in whole.values() if note.verb == RECORD}
    unexplained = [note for note in whole.values() if note.verb != RECORD and note.txid not in recorded - {""}]
    groups: defaultdict[tuple[str, str, str, str], list[ControlChange]] = defaultdict(list)
    for note in sorted(unexplained, key=lambda note: note.pk):
        groups[note.table, note.verb, note.txid, note.role].append(note)
    for group in groups.values():
        _record_unattributed(group)
    lost = _record_lost([note.row for note in whole.values() if note.verb == RECORD])
    ControlChange.objects.filter(pk__in=whole).delete()
    return len(groups) + lost


def _record_unattributed(group: list[ControlChange]) -> None:
    first, last = group[0], group[-1]
    columns = sorted({column for note in group for column in note.columns.split(",") if column})
    attrs = {
        "table": first.table, "verb": first.verb, "count": len(group), "columns": columns[:100],
        "rows": [note.row[:100] for note in group[:SHOWN]], "transaction": first.txid, "database_role": first.role,
        "first_at": first.at.isoformat(), "last_at": last.at.isoformat(),
    }  # fmt: skip
    record(
        "audit.change.unattributed",
        outcome="failure",
        actor=Actor(STRANGER, "", f"database role {first.role}" if first.role else "somebody with the database"),
        target=Target(first.table, first.row[:100] if len(group) == 1 else "", listed(columns)[:200]),
        attrs=attrs,
    )


def _record_lost(ids: Iterable[str]) -> int:
    """Records that were put into the outbox and are neither there nor in the log."""
    wanted = {UUID(text) for text in ids}
    waiting = set(OutboxRecord.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    events = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS)
    logged = set(events.filter(pk__in=wanted - waiting).values_list("pk", flat=True))
    lost = wanted - waiting - logged
    if lost:
        attrs = {"count": len(lost), "records": sorted(str(one) for one in lost)[:SHOWN]}
        record("audit.outbox.lost", outcome="failure", actor=SYSTEM, attrs=attrs)
    return int(bool(lost))
