"""Verified tokens by the SHA-256 of the whole token: a bounded memory that saves the signature check, nothing else."""

from collections import OrderedDict
from hashlib import sha256
from typing import Generic, TypeVar

T = TypeVar("T")


class VerifiedTokenCache(Generic[T]):
    """Least recently used first out. Entries are looked at again on every hit by the caller (SECURITY 5.4, steps 7-10).

    Args:
        size: the most tokens remembered.
    """

    def __init__(self, size: int = 20_000) -> None:
        self._size = size
        self._entries: OrderedDict[bytes, T] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    @staticmethod
    def key(token: str) -> bytes:
        """Of the whole token: a prefix is the same for all tokens of one algorithm (CVE-2026-35030)."""
        return sha256(token.encode("ascii", "replace")).digest()

    def get(self, key: bytes) -> T | None:
        """What was remembered."""
        found = self._entries.get(key)
        if found is None:
            return None
        try:
            self._entries.move_to_end(key)
        except KeyError:  # cleared meanwhile by the watcher's thread: the keys changed, so verify again
            return None
        return found

    def put(self, key: bytes, verified: T) -> None:
        """Remember, forgetting the one unused for longest."""
        self._entries[key] = verified
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def drop(self, key: bytes) -> None:
        """Forget one."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Forget all: keys changed."""
        self._entries.clear()
