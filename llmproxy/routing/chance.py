"""Chance that can be repeated: 64-bit numbers drawn from a seed (splitmix64, Steele, Lea and Flood 2014)."""

import hashlib
import math

MASK = (1 << 64) - 1
FIRST, SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def drawn(seed: int, salt: int) -> float:
    """A number above 0 and at most 1 that depends on nothing but the two."""
    mixed = (seed ^ salt) & MASK
    mixed = ((mixed ^ (mixed >> 30)) * FIRST) & MASK
    mixed = ((mixed ^ (mixed >> 27)) * SECOND) & MASK
    return ((mixed ^ (mixed >> 31)) + 1) / (MASK + 1)


def salt_of(text: str) -> int:
    """64 bits that stand for `text`, the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def weighted(seed: int, salt: int, weight: int) -> float:
    """Where a place of `weight` stands: the smallest goes first.

    The share of seeds for which a place is first is its share of the weights (Efraimidis and Spirakis 2006); and when
    one place goes away, only the calls that it had move (rendezvous hashing). A place of weight 0 is a spare.
    """
    chance = -math.log(drawn(seed, salt))
    return chance / weight if weight else 1e9 + chance
