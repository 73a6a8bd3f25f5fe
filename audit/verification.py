"""Checking the live log: numbering, hashes, projection, writers' sequences."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from audit.ingest.projection import NotARecord, parsed, projected
from audit.models import AuditEvent, SpoolWriterRow, TreeState
from audit.tree.leaves import leaf_hash

MOST_FINDINGS = 100
CHUNK = 2000


@dataclass
class Report:
    """What was looked at and what was wrong. `holds` only if nothing was."""

    events: int = 0
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether everything is as it should be."""
        return not self.findings

    def find(self, text: str) -> None:
        """Name something that is wrong; after a hundred only count."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(text)


def verify() -> Report:
    """Look at every event that is in the log when this begins; what is taken in meanwhile is for the next time."""
    alias, report = settings.AUDIT_DB_ALIAS, Report()
    state = TreeState.objects.using(alias).filter(id=1).first()
    size, expected = state.size if state is not None else 0, 0
    events = AuditEvent.objects.using(alias).order_by("leaf_index")
    for event in events.filter(leaf_index__lt=size).iterator(chunk_size=CHUNK):
        if event.leaf_index != expected:
            report.find(f"leaves {expected} to {event.leaf_index - 1} are missing")
        expected = event.leaf_index + 1
        report.events += 1
        for problem in _problems(event):
            report.find(f"leaf {event.leaf_index} ({event.pk}): {problem}")
    if expected != size:
        report.find(f"the log says it has {size} leaves, {expected} were found")
    _check_writers(alias, report)
    return report


def _problems(event: AuditEvent) -> Iterator[str]:
    raw = bytes(event.raw)
    if leaf_hash(raw) != bytes(event.leaf_hash):
        yield "the record's bytes do not have the leaf's hash"
    try:
        values = projected(parsed(raw))
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
