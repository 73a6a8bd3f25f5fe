"""How calls ended, as numbers."""

from typing import NamedTuple


class Outcomes(NamedTuple):
    """Calls by how they ended."""

    completed: int = 0
    failed: int = 0
    aborted: int = 0
    rejected: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self)
