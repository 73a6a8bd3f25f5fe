"""How the deployments of a route fare right now: what the planner is told."""

from collections.abc import Sequence

from llmproxy.catalog import Deployment
from llmproxy.pipeline import keys
from llmproxy.pipeline.slots import Slots
from llmproxy.routing.health.board import Board
from llmproxy.routing.place import Place


class Faring:
    """Of one route: its board, its places, its keys (routing.standing.Standing)."""

    __slots__ = ("_board", "_deployments", "_slots")

    def __init__(self, board: Board, slots: Slots, deployments: Sequence[Deployment]) -> None:
        self._board = board
        self._slots = slots
        self._deployments = deployments

    def barred(self, place: Place, at: float) -> str | None:
        """An open circuit, keys that all rest, no free place."""
        deployment, board = self._deployments[place.position], self._board
        if board.circuits:
            why = board.barred(deployment.id, at)
            if why is not None:
                return f"its circuit is open: {why}"
            if (why := keys.resting(board, deployment, at)) is not None:
                return why
        return None if deployment.max_parallel is None else self._slots.full(deployment)

    def running(self, place: Place) -> int:
        """Here and in the other processes."""
        return self._board.running(place.deployment)

    def latency(self, place: Place, at: float) -> float:
        """Seconds by peak EWMA."""
        return self._board.latency(place.deployment, at)
