"""How many calls of a deployment run at once in this process, and who waits for a place."""

import asyncio
from collections import deque

from llmproxy.catalog import Deployment
from llmproxy.errors import DeploymentBusy
from llmproxy.routing.health.board import Board

# A queue longer than this is no queue: whoever comes then is better told at once.
MOST_WAITING = 100


class Slots:
    """One per process. A deployment's cap is shared evenly by the processes, so that together they never exceed it."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    def most(self, deployment: Deployment) -> int | None:
        """This process's part of the cap, at least one; None where there is no cap."""
        cap = deployment.max_parallel
        return None if cap is None else max(1, cap // self._board.workers)

    def full(self, deployment: Deployment) -> str | None:
        """That there is no place now, in words; None where there is one."""
        most = self.most(deployment)
        if most is None or self._board.load(deployment.id).running < most:
            return None
        return f"all {most} places of this process are taken"

    async def enter(self, deployment: Deployment) -> None:
        """Take a place, to be given back by `leave`. Raises DeploymentBusy where none is free in time."""
        load = self._board.load(deployment.id)
        if self.full(deployment) is None:
            load.running += 1
            return
        queue = self._queues.setdefault(deployment.id, deque())
        if not deployment.queue_seconds or len(queue) >= MOST_WAITING:
            raise _busy()
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(place)
        load.waiting += 1
        try:
            async with asyncio.timeout(deployment.queue_seconds):
                await place  # whoever leaves hands its place on: `running` stays as it is
        except TimeoutError as error:
            raise _busy() from error
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():  # handed on in the very moment in which the client left
                self.leave(deployment)
            raise
        finally:
            load.waiting -= 1

    def leave(self, deployment: Deployment) -> None:
        """Give a place back, or on to who waits longest."""
        queue = self._queues.get(deployment.id)
        while queue:
            place = queue.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._board.load(deployment.id).running -= 1


def _busy() -> DeploymentBusy:
    error = DeploymentBusy()
    error.headers = {**error.headers, "Retry-After": "1"}
    return error
