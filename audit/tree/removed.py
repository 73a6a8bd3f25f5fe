"""Lists of leaves that were removed after their retention: runs of numbers, packed, and looked up."""

import zlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from hashlib import sha256

from .frontier import Frontier

MOST_BYTES = 1 << 30
Run = tuple[int, int]  # first, end


class ListDamaged(ValueError):
    """The bytes are no list of runs."""


def runs_of(numbers: Iterable[int]) -> Iterator[Run]:
    """Ascending numbers as runs."""
    first = last = None
    for number in numbers:
        if last is not None and first is not None and number != last + 1:
            yield first, last + 1
            first = number
        first, last = number if first is None else first, number
    if first is not None and last is not None:
        yield first, last + 1


def packed(runs: Iterable[Run]) -> bytes:
    """Gaps and lengths as varints, compressed."""
    found, at = bytearray(), 0
    for first, end in runs:
        found += _varint(first - at) + _varint(end - first)
        at = end
    return zlib.compress(bytes(found), 9)


def unpacked(data: bytes) -> list[Run]:
    """The runs. Raises ListDamaged."""
    try:
        numbers = list(_numbers(zlib.decompressobj().decompress(data, MOST_BYTES)))
    except zlib.error as error:
        raise ListDamaged("it cannot be unpacked") from error
    if len(numbers) % 2:
        raise ListDamaged("it ends in the middle of a run")
    runs, at = [], 0
    for gap, length in zip(numbers[::2], numbers[1::2], strict=True):
        runs.append((at + gap, at + gap + length))
        at += gap + length
    return runs


def digest(runs: Iterable[Run]) -> str:
    """SHA-256 of the list in plain text: what the event of the removal holds."""
    return sha256("".join(f"{first}-{end}\n" for first, end in runs).encode("ascii")).hexdigest()


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root (RFC 6962) of the removed leaves' hashes, as a tree of their own."""
    tree = Frontier()
    tree.extend(leaves)
    return tree.root()


class Removed:
    """All leaves whose absence is explained."""

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        self._runs: list[Run] = []
        for first, end in sorted(runs):
            if self._runs and first <= self._runs[-1][1]:
                self._runs[-1] = (self._runs[-1][0], max(end, self._runs[-1][1]))
            else:
                self._runs.append((first, end))
        self._firsts = [first for first, _ in self._runs]

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self._firsts, number) - 1
        return place >= 0 and number < self._runs[place][1]

    def __bool__(self) -> bool:
        return bool(self._runs)

    @property
    def prefix(self) -> int:
        """Up to which leaf everything was removed, from the first one on."""
        return self._runs[0][1] if self._runs and self._runs[0][0] == 0 else 0

    def within(self, first: int, end: int) -> list[Run]:
        """The runs in [first, end)."""
        found = []
        for start, stop in self._runs[max(0, bisect_right(self._firsts, first) - 1) :]:
            if start >= end:
                break
            if stop > first:
                found.append((max(start, first), min(stop, end)))
        return found


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)


def _numbers(data: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            yield number
            number = shift = 0
    if shift:
        raise ListDamaged("it ends in the middle of a number")
