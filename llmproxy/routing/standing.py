"""What is known at the moment of how deployments fare: what the planner asks, and an answer for when nothing is."""

from typing import Protocol


class Standing(Protocol):
    """How deployments fare; keys are deployment ids."""

    def barred(self, deployment: str, at: float) -> str | None:
        """Why it should get no call now; None where nothing is wrong with it."""
        ...

    def running(self, deployment: str) -> int:
        """Calls under way."""
        ...

    def latency(self, deployment: str, at: float) -> float:
        """Seconds to the beginning of an answer, by peak EWMA; 0 where nothing is known."""
        ...


class NothingKnown:
    """For hypothetical calls: everything is well and idle."""

    def barred(self, deployment: str, at: float) -> str | None:
        """Nothing is."""
        return None

    def running(self, deployment: str) -> int:
        """None."""
        return 0

    def latency(self, deployment: str, at: float) -> float:
        """Unknown."""
        return 0.0
