"""The records of an evidence bundle and the schemas that come with them."""

import re
from collections.abc import Iterator
from typing import Any

from .bundle_directory import BundleDirectory, BundleUnreadable

EVENTS = "events.jsonl"
BLOCK = 1 << 20
TYPE_NAME = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+){1,4}", re.ASCII)
Span = tuple[int, int]  # bytes of the file: first, end; whole lines


class Records(BundleDirectory):
    """They can be read in parts, by several processes."""

    def size(self) -> int:
        """Bytes of all records."""
        try:
            return (self.directory / EVENTS).stat().st_size
        except OSError as error:
            raise BundleUnreadable(f"{EVENTS} cannot be read: {error.strerror}") from error

    def spans(self, most: int) -> list[Span]:
        """All records in parts of about `most` bytes."""
        size, borders = self.size(), [0]
        with self.open(EVENTS) as file:
            while borders[-1] + most < size:
                file.seek(borders[-1] + most - 1)
                file.readline()
                borders.append(file.tell())
        return list(zip(borders, [*borders[1:], size], strict=True))

    def lines(self, span: Span | None = None) -> Iterator[bytes]:
        """The records' exact bytes: all of them, or those of one part."""
        first, end = span or (0, self.size())
        with self.open(EVENTS) as file:
            file.seek(first)
            rest = b""
            while block := file.read(min(BLOCK, end - first)):
                first += len(block)
                *whole, rest = (rest + block).split(b"\n")
                yield from whole
            if rest:
                yield rest

    def schema(self, kind: str, version: int) -> dict[str, Any] | None:
        """The form of a type of record; None where the bundle has none."""
        if not TYPE_NAME.fullmatch(kind):
            return None
        name = f"schemas/{kind}.v{version}.json"
        return self.json(name) if (self.directory / name).is_file() else None
