"""Ids of calls, which the API bounds."""

import hashlib

LONGEST = 64


def call_id(given: str) -> str:
    """`given` if the API accepts it, else one that follows from it: calls and their results still match."""
    return given if 0 < len(given) <= LONGEST else f"call_{hashlib.sha256(given.encode()).hexdigest()[:32]}"
