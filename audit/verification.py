"""Checking the live log: numbering, hashes, projection, writers' sequences."""

from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any

from django.conf import settings

from audit.content_verification import verify_content
from audit.ingest.projection import NAMES, NotARecord, parsed
from audit.kept_checkpoints import anchor_files, anchored
from audit.models import AuditEvent, SpoolWriterRow
from audit.schemas.record import known_schema
from audit.tree.findings import Report
from audit.tree.schema_check import SchemaCheck
from audit.tree_verification import Progress, notes_of, silent, verify_tree

CHUNK = 2000
_named = attrgetter(*NAMES)


def verify(anchors: list[Path] | None = None, *, columns: bool = True, progress: Progress = silent) -> Report:
    """Look at every event that is in the log when this begins; what is taken in meanwhile is for the next time.

    Args:
        anchors: files of checkpoints that were kept elsewhere.
        columns: also compare each event's columns with its record (slower).
        progress: called with the number of leaves that were looked at, from 0 again for the columns.

    Raises:
        DatabaseError, OSError.
    """
    report = Report()
    kept = [*notes_of([*(anchors or []), *anchor_files()]), *anchored()]
    size = verify_tree(report, kept, progress)
    if columns:
        _check_columns(report, size, progress)
        verify_content(settings.AUDIT_DB_ALIAS, report)
    _check_writers(settings.AUDIT_DB_ALIAS, report)
    return report


def _check_columns(report: Report, size: int, progress: Progress) -> None:
    events = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).order_by("leaf_index")
    schemas = SchemaCheck(known_schema)
    for first in range(0, size, CHUNK):
        end = min(size, first + CHUNK)
        for event in events.filter(leaf_index__gte=first, leaf_index__lt=end):
            for problem in _problems(event, schemas, report):
                report.find(f"leaf {event.leaf_index} ({event.pk}): {problem}")
        progress(end)
    for (kind, version), leaf in schemas.unknown.items():
        report.note(f"records of {kind[:64]}, version {version}, first leaf {leaf}: not in this program's catalogue")


def _problems(event: AuditEvent, schemas: SchemaCheck, report: Report) -> Iterator[str]:
    try:
        record = parsed(bytes(event.raw))
    except NotARecord as error:
        yield f"the bytes are no record: {error}"
        return
    if (problem := schemas.problem(record, event.leaf_index)) is not None:
        # Whoever wrote it erred; nobody changed it since. It can never be mended, so it is no finding.
        report.note(f"leaf {event.leaf_index} ({event.pk}): not as the schema of {event.type} has it: {problem}")
    stored = _columns_of(event)
    if stored == record.columns:
        return
    pairs = zip(NAMES, stored, record.columns, strict=True)
    if changed := [name for name, value, recorded in pairs if _differs(value, recorded)]:
        yield f"the columns {', '.join(sorted(changed))} do not say what the record says"


def _columns_of(event: AuditEvent) -> tuple[Any, ...]:
    """As the projection has them."""
    event_id, writer, occurred_at, *others = _named(event)
    return (str(event_id), writer and str(writer), occurred_at.replace(tzinfo=None), *others)


def _differs(stored: Any, recorded: Any) -> bool:
    return stored != recorded and not (stored in (None, "") and recorded in (None, ""))


def _check_writers(alias: str, report: Report) -> None:
    """Gaps in a writer's numbers are named; each one is on record as an event when it was found."""
    for writer in SpoolWriterRow.objects.using(alias).filter(gaps__gt=0):
        report.find(f"writer {writer.pk} on {writer.node}: {writer.gaps} records are missing")
