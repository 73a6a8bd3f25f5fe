"""What is known at the moment of how deployments fare: what the planner asks, and an answer for when nothing is."""

from typing import Protocol

from llmproxy.routing.place import Place


class Standing(Protocol):
    """How the deployments of a route fare."""

    def barred(self, place: Place, at: float) -> str | None:
        """Why it should get no call now; None where nothing is wrong with it."""
        ...

    def running(self, place: Place) -> int:
        """Calls under way."""
        ...

    def latency(self, place: Place, at: float) -> float:
        """Seconds to the beginning of an answer, by peak EWMA; 0 where nothing is known."""
        ...


class NothingKnown:
    """For hypothetical calls: everything is well and idle."""

    def barred(self, place: Place, at: float) -> str | None:
        """Nothing is."""
        return None

    def running(self, place: Place) -> int:
        """None."""
        return 0

    def latency(self, place: Place, at: float) -> float:
        """Unknown."""
        return 0.0
