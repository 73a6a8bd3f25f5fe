"""What records say of themselves: their form, their ids, their writers' numbering."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from .findings import Report
from .removed import Removed
from .schema_check import SchemaCheck

MOST_NAMED = 20
LETTER, GAP = "audit.deadletter", "audit.gap.detected"

loads: Callable[[bytes], Any]
try:
    from orjson import loads
except ImportError:
    loads = json.loads


class Sequences:
    """Counts each writer's numbers in a contiguous range of the log."""

    def __init__(self) -> None:
        self._seen: dict[str, list[int]] = {}  # writer: smallest, largest, how many
        self._explained: defaultdict[str, int] = defaultdict(int)

    def add(self, record: dict[str, Any]) -> None:
        """Take one record into account; those about dead letters and gaps stand for what is not there."""
        about: Any = record
        if (kind := record["type"]) == LETTER and isinstance(attrs := record.get("attrs"), dict):
            about = attrs
        writer, seq = about.get("writer"), about.get("seq")
        if type(writer) is not str or type(seq) is not int:
            if kind == GAP and isinstance(attrs := record.get("attrs"), dict):
                self._explained[str(attrs.get("writer"))] += int(attrs.get("missing") or 0)
            return
        seen = self._seen.get(writer)
        if seen is None:
            self._seen[writer] = [seq, seq, 1]
            return
        seen[2] += 1
        if seq > seen[1]:
            seen[1] = seq
        elif seq < seen[0]:
            seen[0] = seq

    def judge(self, report: Report, removed: int = 0) -> None:
        """Gaps that the log names are notes, others findings. Of `removed` records nobody can tell the writer."""
        for writer, (first, last, count) in self._seen.items():
            missing = last - first + 1 - count
            gone = min(removed, max(0, missing - self._explained[writer]))
            missing, removed = missing - gone, removed - gone
            explained = min(missing, self._explained[writer])
            if missing > explained:
                report.find(f"writer {writer}: {missing - explained} records between {first} and {last} are missing")
            if explained > 0:
                report.note(f"writer {writer}: {explained} records were lost, and the log says so")


def check_records(
    lines: Iterable[tuple[int, bytes]], report: Report, schemas: SchemaCheck, *, contiguous: bool, removed: Removed
) -> None:
    """Look at every record (leaf number, bytes) and count it. In a selection, numbers of writers say nothing."""
    ids: set[str] = set()
    sequences = Sequences()
    malformed = 0
    report.events = 0
    for index, line in lines:
        report.events += 1
        record = _loaded(line)
        sound = schemas.is_sound(record)
        if not sound and not _is_record(record):
            report.find(f"leaf {index}: not a record")
            continue
        known = len(ids)
        ids.add(record["id"])
        if len(ids) == known:
            report.find(f"leaf {index}: its id {record['id'][:64]} occurs twice")
        sequences.add(record)
        if not sound and (problem := schemas.problem(record, index)) is not None:
            malformed += 1
            if malformed <= MOST_NAMED:
                report.note(f"leaf {index}: not as the schema of {record['type'][:64]} has it: {problem}")
    _note_schemas(schemas, malformed, report)
    if contiguous:
        sequences.judge(report, sum(end - first for first, end in removed.within(0, 1 << 62)))


def _note_schemas(schemas: SchemaCheck, malformed: int, report: Report) -> None:
    """Whoever wrote such a record erred; nobody changed it since. That is worth saying, and no finding."""
    if malformed > MOST_NAMED:
        report.note(f"{malformed} records are not as their schemas have them")
    for (kind, version), leaf in sorted(schemas.unknown.items()):
        report.note(f"records of {kind[:64]}, version {version}, first leaf {leaf}: the bundle holds no schema of them")


def _loaded(line: bytes) -> Any:
    try:
        return loads(line)
    except ValueError:
        return None


def _is_record(record: Any) -> bool:
    if not isinstance(record, dict) or not isinstance(record.get("actor"), dict):
        return False
    get = record.get
    formed = isinstance(get("id"), str) and isinstance(get("type"), str) and isinstance(get("outcome"), str)
    return formed and type(get("ts")) is int
