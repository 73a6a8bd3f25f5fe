"""How a caller stands with one limit, for response headers and denials."""

from collections.abc import Iterable
from typing import NamedTuple


class Standing(NamedTuple):
    """`unit`: requests or tokens. `resets_seconds`: until all of it is free again."""

    unit: str
    limit: int
    left: int
    resets_seconds: float


def tightest(standings: Iterable[Standing]) -> dict[str, Standing]:
    """Of each unit the one with the least left."""
    found: dict[str, Standing] = {}
    for standing in standings:
        known = found.get(standing.unit)
        if known is None or standing.left < known.left:
            found[standing.unit] = standing
    return found
