"""What a check found."""

from dataclasses import dataclass, field

MOST_FINDINGS = 100


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


def spoken(numbers: list[int]) -> str:
    """Leaf numbers as ranges: `leaf 4`, `leaves 4 to 9, 12`."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    text = ", ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in ranges[:20])
    return f"{'leaf' if len(numbers) == 1 else 'leaves'} {text}{' and more' if len(ranges) > 20 else ''}"
