"""The report on a bundle's records, from what was seen in each of their parts."""

from collections.abc import Iterable
from itertools import islice

from .bundle_files import Bundle
from .bundle_records import Span
from .findings import Report
from .record_check import MOST_NAMED, Part, Sequences, loaded, twice
from .removed import Removed


def judged(bundle: Bundle, removed: Removed, parts: Iterable[tuple[Span, Part]]) -> Report:
    """Args: parts: all of them, in the order of the records. In a selection, numbers of writers say nothing."""
    judge = _Judge(bundle, removed)
    for span, part in parts:
        judge.add(span, part)
    return judge.finished()


class _Judge:
    def __init__(self, bundle: Bundle, removed: Removed) -> None:
        self._bundle, self._removed, self._report = bundle, removed, Report()
        self._ids: set[str] = set()
        self._sequences = Sequences()
        self._malformed = 0
        self._unknown: dict[tuple[str, str], int] = {}  # type and version: the first record's place

    def add(self, span: Span, part: Part) -> None:
        """The next part."""
        first = self._report.events
        wrong = dict([*part.wrong.places, *self._again(span, part.ids)])
        self._ids = part.ids | self._ids if len(part.ids) > len(self._ids) else self._ids | part.ids
        for place, text in sorted(wrong.items()):
            self._report.find(f"leaf {self._leaf(first + place)}: {text}")
        self._report.more += part.wrong.more
        for place, text in part.malformed.places[: max(0, MOST_NAMED - self._malformed)]:
            self._report.note(f"leaf {self._leaf(first + place)}: {text}")
        self._malformed += len(part.malformed.places) + part.malformed.more
        for named, place in part.unknown.items():
            self._unknown.setdefault(named, first + place)
        self._sequences.join(part.sequences)
        self._report.events += part.count

    def _again(self, span: Span, ids: set[str]) -> list[tuple[int, str]]:
        """Where records have the ids of earlier parts: nowhere, if all is well, so that those are looked for anew."""
        if self._ids.isdisjoint(ids):
            return []
        again = self._ids & ids
        records = ((place, loaded(line)) for place, line in enumerate(self._bundle.records.lines(span)))
        named = ((place, record.get("id")) for place, record in records if isinstance(record, dict))
        return [(place, twice(found)) for place, found in named if isinstance(found, str) and found in again]

    def _leaf(self, place: int) -> int:
        """The number in the log, as the bundle claims; -1 where it claims none."""
        return next(islice(self._bundle.indexes(self._removed), place, None), -1)

    def finished(self) -> Report:
        """Whoever made a record without its schema's form erred; nobody changed it since: a note, and no finding."""
        if self._malformed > MOST_NAMED:
            self._report.note(f"{self._malformed} records are not as their schemas have them")
        for (kind, version), place in sorted(self._unknown.items()):
            self._report.note(
                f"records of {kind[:64]}, version {version}, first leaf {self._leaf(place)}: "
                "the bundle holds no schema of them"
            )
        if self._bundle.contiguous:
            self._sequences.judge(self._report, sum(end - first for first, end in self._removed.within(0, 1 << 62)))
        return self._report
