"""A retry budget: retries are a share of the calls, so that a failing provider is not hit many times as hard."""

from typing import Final

# A retry costs what five calls earn; a few are there from the start, for routes with little traffic.
COST: Final = 5
START: Final = 10 * COST
MOST: Final = 100 * COST


class RetryBudget:
    """Of one route, in one process."""

    __slots__ = ("earnings",)

    def __init__(self) -> None:
        self.earnings = START

    def earned(self) -> None:
        """A call began."""
        self.earnings = min(MOST, self.earnings + 1)

    def take(self) -> bool:
        """Whether one more retry is within the budget; if so it is taken."""
        if self.earnings < COST:
            return False
        self.earnings -= COST
        return True
