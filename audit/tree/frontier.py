"""The right edge of a tree: the roots of the whole subtrees that it consists of, largest first."""

from collections.abc import Iterable, Sequence
from itertools import islice

from .nodes import EMPTY_ROOT, HASH_SIZE, folded, node_hash

CHUNK_LEVEL = 10  # rows of this many levels are folded at once


class Frontier:
    """Grows by leaves or by whole subtrees; knows its root.

    Args:
        size: leaves so far.
        hashes: one for each bit that is set in `size`, largest subtree first.

    Raises:
        ValueError: there are more or fewer hashes than that.
    """

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        if size < 0 or len(hashes) != size.bit_count():
            raise ValueError(f"{len(hashes)} hashes are no frontier of {size} leaves")
        self.size = size
        self.hashes = list(hashes)

    @classmethod
    def unpacked(cls, size: int, data: bytes) -> "Frontier":
        """From packed(). Raises ValueError."""
        return cls(size, [data[n : n + HASH_SIZE] for n in range(0, len(data), HASH_SIZE)])

    def packed(self) -> bytes:
        """The hashes, one after the other."""
        return b"".join(self.hashes)

    def push(self, subtree: bytes, level: int = 0) -> None:
        """Append a whole subtree of 2**level leaves. Raises ValueError where it does not fit the tree's size."""
        if self.size & ((1 << level) - 1):
            raise ValueError(f"a subtree of level {level} cannot follow leaf {self.size}")
        above = self.size >> level
        while above & 1:
            subtree = node_hash(self.hashes.pop(), subtree)
            above >>= 1
        self.hashes.append(subtree)
        self.size += 1 << level

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append leaf hashes, whole rows at a time where they are aligned."""
        waiting = iter(leaves)
        while self.size & ((1 << CHUNK_LEVEL) - 1):
            leaf = next(waiting, None)
            if leaf is None:
                return
            self.push(leaf)
        while len(row := list(islice(waiting, 1 << CHUNK_LEVEL))) == 1 << CHUNK_LEVEL:
            self.push(folded(row), CHUNK_LEVEL)
        for leaf in row:
            self.push(leaf)

    def root(self) -> bytes:
        """The root of the tree as it is (RFC 6962 MTH)."""
        if not self.hashes:
            return EMPTY_ROOT
        root = self.hashes[-1]
        for subtree in reversed(self.hashes[:-1]):
            root = node_hash(subtree, root)
        return root
