"""Checking the live log: numbering, hashes, projection, writers' sequences."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from audit.ingest.projection import NotARecord, parsed
from audit.models import AuditEvent, SpoolWriterRow
from audit.tree.findings import Report
from audit.tree_verification import verify_tree

CHUNK = 2000


def verify(anchors: list[Path] | None = None, *, columns: bool = True) -> Report:
    """Look at every event that is in the log when this begins; what is taken in meanwhile is for the next time.

    Args:
        anchors: files of checkpoints that were kept elsewhere.
        columns: also compare each event's columns with its record (slower).
    """
    report = Report()
    with transaction.atomic(using=settings.AUDIT_DB_ALIAS):
        verify_tree(report, anchors or [])
    if columns:
        _check_columns(report)
    _check_writers(settings.AUDIT_DB_ALIAS, report)
    return report


def _check_columns(report: Report) -> None:
    for event in AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).order_by("leaf_index").iterator(chunk_size=CHUNK):
        for problem in _problems(event):
            report.find(f"leaf {event.leaf_index} ({event.pk}): {problem}")


def _problems(event: AuditEvent) -> Iterator[str]:
    try:
        values = parsed(bytes(event.raw)).columns
    except NotARecord as error:
        yield f"the bytes are no record: {error}"
        return
    changed = [name for name, value in values.items() if _differs(getattr(event, name), value)]
    if changed:
        yield f"the columns {', '.join(sorted(changed))} do not say what the record says"


def _differs(stored: Any, recorded: Any) -> bool:
    return stored != recorded and not (stored in (None, "") and recorded in (None, ""))


def _check_writers(alias: str, report: Report) -> None:
    """Gaps in a writer's numbers are named; each one is on record as an event when it was found."""
    for writer in SpoolWriterRow.objects.using(alias).filter(gaps__gt=0):
        report.find(f"writer {writer.pk} on {writer.node}: {writer.gaps} records are missing")
