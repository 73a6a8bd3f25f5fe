"""Numbers that look random and are always the same for the same seed, on every Python."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
MASK = (1 << 64) - 1


class Dice:
    """SplitMix64 (Steele, Lea, Flood, 2014) seeded by the SHA-256 of `seed`."""

    __slots__ = ("_state",)

    def __init__(self, seed: bytes) -> None:
        self._state = int.from_bytes(hashlib.sha256(seed).digest()[:8], "big")

    def below(self, end: int) -> int:
        """A number from 0 to `end` - 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return (mixed ^ (mixed >> 31)) % end

    def one_of(self, choices: Sequence[T]) -> T:
        """An entry of `choices`, which is not empty."""
        return choices[self.below(len(choices))]
