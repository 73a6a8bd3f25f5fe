"""What records say of themselves: their form, their ids, their writers' numbering.

Records are looked at in parts, each by itself, and the parts judged together.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .findings import MOST_FINDINGS, Report
from .likeness import Likeness
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
        self.count(writer, seq)

    def count(self, writer: str, seq: int) -> None:
        """Take a number of a writer's into account."""
        seen = self._seen.get(writer)
        if seen is None:
            self._seen[writer] = [seq, seq, 1]
            return
        seen[2] += 1
        if seq > seen[1]:
            seen[1] = seq
        elif seq < seen[0]:
            seen[0] = seq

    def join(self, other: "Sequences") -> None:
        """Take into account what another part has."""
        for writer, (first, last, count) in other._seen.items():
            seen = self._seen.setdefault(writer, [first, last, 0])
            seen[:] = min(seen[0], first), max(seen[1], last), seen[2] + count
        for writer, missing in other._explained.items():
            self._explained[writer] += missing

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


@dataclass
class Named:
    """What is wrong, and in which record, counted from a part's first one: the first of them, and how many more."""

    most: int
    places: list[tuple[int, str]] = field(default_factory=list)
    more: int = 0

    def add(self, place: int, text: str) -> None:
        """Name one, or count it."""
        if len(self.places) < self.most:
            self.places.append((place, text))
        else:
            self.more += 1


@dataclass
class Part:
    """What was seen in consecutive records."""

    count: int = 0
    ids: set[str] = field(default_factory=set)
    sequences: Sequences = field(default_factory=Sequences)
    wrong: Named = field(default_factory=lambda: Named(MOST_FINDINGS))
    malformed: Named = field(default_factory=lambda: Named(MOST_NAMED))
    unknown: dict[tuple[str, Any], int] = field(default_factory=dict)  # type and version: the first place


def look_at(lines: Iterable[bytes], schemas: SchemaCheck) -> Part:
    """Look at every record."""
    part, place, likeness = Part(unknown=schemas.unknown), -1, Likeness()
    ids, add_id, count, alike = part.ids, part.ids.add, part.sequences.count, likeness.found
    for place, line in enumerate(lines):
        if (found := alike(line)) is not None:
            identifier = found[0].decode()
            if len(found) > 1:
                count(found[2].decode(), int(found[1]))
        elif (record := loaded(line)) is None or not _looked_at(part, place, record, schemas):
            part.wrong.add(place, "not a record")
            continue
        else:
            identifier = record["id"]
            if record["type"] not in (LETTER, GAP) and schemas.is_sound(record):
                likeness.learn(record, line)
        known = len(ids)
        add_id(identifier)
        if len(ids) == known:
            part.wrong.add(place, twice(identifier))
    part.count = place + 1
    return part


def _looked_at(part: Part, place: int, record: Any, schemas: SchemaCheck) -> bool:
    """Whether it is a record at all."""
    sound = schemas.is_sound(record)
    if not sound and not _is_record(record):
        return False
    part.sequences.add(record)
    if not sound and (problem := schemas.problem(record, place)) is not None:
        part.malformed.add(place, f"not as the schema of {record['type'][:64]} has it: {problem}")
    return True


def twice(identifier: str) -> str:
    """What is said of a record whose id an earlier one has."""
    return f"its id {identifier[:64]} occurs twice"


def loaded(line: bytes) -> Any:
    """The record; None where the line is no JSON."""
    try:
        return loads(line)
    except (RecursionError, ValueError):
        return None


def _is_record(record: Any) -> bool:
    if not isinstance(record, dict) or not isinstance(record.get("actor"), dict):
        return False
    get = record.get
    formed = isinstance(get("id"), str) and isinstance(get("type"), str) and isinstance(get("outcome"), str)
    return formed and type(get("ts")) is int
