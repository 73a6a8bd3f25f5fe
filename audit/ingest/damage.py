"""Segments of a spool that wait and cannot be read to their end. Looking changes nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from audit.ingest import spool_files
from audit.spool.frames import NotASegment, Scan, header_of


class Damage(NamedTuple):
    """One segment: how many whole records begin it, and how many bytes after them are none."""

    name: str
    whole: int
    left: int

    def __str__(self) -> str:
        return f"{self.name}: {self.whole} whole records, then {self.left} bytes that are none"


def damaged(directory: Path) -> Iterator[Damage]:
    """Those of a node's part of a spool; segments that somebody writes or reads at this moment are left out."""
    for writer in spool_files.writers(directory):
        for path in spool_files.strangers(writer):
            yield Damage(f"{writer.name}/{path.name}", 0, 0)
        for path in spool_files.segments(writer):
            with spool_files.unlocked(path) as free:
                found = _of(path) if free else None
            if found is not None:
                yield Damage(f"{writer.name}/{path.name}", *found)


def _of(path: Path) -> tuple[int, int] | None:
    """Whole records and bytes behind them; None where nothing is damaged."""
    try:
        data = spool_files.content(path)
    except FileNotFoundError:
        return None  # an ingester settled it
    except spool_files.TooLarge:
        return 0, path.stat().st_size
    if not any(data[:64]):
        return None  # its writer was killed before it wrote a byte
    try:
        _, first = header_of(data)
    except (NotASegment, TypeError, ValueError):
        return 0, len(data)
    scan = Scan(data, first)
    whole = sum(1 for _ in scan)
    return (whole, len(data[scan.offset :].rstrip(b"\0"))) if scan.torn else None
