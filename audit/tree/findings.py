"""What a check found."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .removed import Run

MOST_FINDINGS, MOST_RUNS = 100, 20


@dataclass
class Report:
    """What was looked at and what was wrong. `holds` only if nothing was."""

    events: int = 0
    findings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    more: int = 0

    @property
    def holds(self) -> bool:
        """Whether everything is as it should be."""
        return not self.findings

    def find(self, text: str) -> None:
        """Name something that is wrong; after a hundred only count."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(text)
        else:
            self.more += 1

    def note(self, text: str) -> None:
        """Say something that a reader should know and that is not wrong."""
        if len(self.notes) < MOST_FINDINGS:
            self.notes.append(text)

    def add(self, other: "Report") -> None:
        """What another check, of the records, found as well."""
        self.events += other.events
        self.more += other.more
        for text in other.findings:
            self.find(text)
        for text in other.notes:
            self.note(text)


def spoken(runs: Sequence[Run]) -> str:
    """Runs of leaf numbers (first, end) in words: `leaf 4`, `leaves 4 to 9, 12`."""
    text = ", ".join(f"{first}" if end - first == 1 else f"{first} to {end - 1}" for first, end in runs[:MOST_RUNS])
    one = len(runs) == 1 and runs[0][1] - runs[0][0] == 1
    return f"{'leaf' if one else 'leaves'} {text}{' and more' if len(runs) > MOST_RUNS else ''}"
