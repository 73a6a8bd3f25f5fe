"""How many calls of a deployment run at once, in all processes, and who waits for a place.

Places are leased from the shared store as those of a limit of parallel calls are, and used from memory: together the
processes never run more than the cap. Where the store is away, each keeps to its even share, and to one at least.
"""

import asyncio
from collections import defaultdict, deque
from typing import NamedTuple

from llmproxy.catalog import Deployment
from llmproxy.errors import DeploymentBusy
from llmproxy.metering.bank import Bank, Exhausted, StoreFailed
from llmproxy.metering.meter import Meter, Slice
from llmproxy.metering.rules import PARALLEL, LimitRule
from llmproxy.metering.scope import Scope
from llmproxy.routing.health.board import Board

# A queue longer than this is no queue: whoever comes then is better told at once.
MOST_WAITING = 100
# Who waits looks this often for a place that another process gave back.
LOOK_SECONDS = 0.2
# What a process leased and does not need goes back so soon: others may wait for it.
IDLE_SECONDS = 0.5
ANYWHERE = Scope()


class Place(NamedTuple):
    """What a running call holds. `slice`: of the lease it was taken from; None where it is of the even share."""

    slice: Slice | None


class Peak:
    """The most calls that ran at once since `at`."""

    __slots__ = ("at", "most")

    def __init__(self, at: float) -> None:
        self.at = at
        self.most = 0


class Slots:
    """One per process.

    Args:
        bank: where places are leased; None: this process is alone.
    """

    def __init__(self, board: Board, bank: Bank | None = None) -> None:
        self._board = board
        self._bank = bank
        self._queues: dict[str, deque[asyncio.Future[Place]]] = {}
        self._taken: dict[str, list[Place]] = defaultdict(list)
        self._peaks: dict[str, Peak] = {}

    def full(self, deployment: Deployment) -> str | None:
        """That there is no place now, in words; None where there is one, or may be."""
        cap = deployment.max_parallel
        if cap is None:
            return None
        if self._bank is None or self._bank.is_away():
            most = self._share(cap)
            return None if self._board.load(deployment.id).running < most else f"all {most} places here are taken"
        meter = self._meter(self._bank, deployment.id, cap)
        if (meter.current is not None and meter.current.free > 0) or not meter.refuses(1, self._bank.clock()):
            return None
        return f"all {cap} places are taken"

    async def enter(self, deployment: Deployment, *, patient: bool = True) -> None:
        """Take a place, to be given back by `leave`. Raises DeploymentBusy where none is free in time.

        Args:
            patient: wait for one, as long as the deployment says.
        """
        load, cap = self._board.load(deployment.id), deployment.max_parallel
        if cap is None:
            load.running += 1
            return
        place = await self._place(deployment.id, cap)
        if place is None:
            place = await self._waited(deployment, cap, deployment.queue_seconds if patient else 0.0)
        self._taken[deployment.id].append(place)
        if (peak := self._peaks.get(deployment.id)) is not None:
            peak.most = max(peak.most, load.running)

    def leave(self, deployment: Deployment) -> None:
        """Give a place back, or on to who waits longest."""
        if deployment.max_parallel is None or not self._taken[deployment.id]:
            self._board.load(deployment.id).running -= 1
            return
        place, queue = self._taken[deployment.id].pop(), self._queues.get(deployment.id)
        while queue:
            waiting = queue.popleft()
            if not waiting.done():
                waiting.set_result(place)  # `running` stays as it is
                return
        self._give_back(deployment.id, deployment.max_parallel, place)

    async def close(self) -> None:
        """The process ends: others may have all places."""
        if self._bank is not None:
            await self._bank.close()

    def _share(self, cap: int) -> int:
        return max(1, cap // self._board.workers)

    def _meter(self, bank: Bank, deployment: str, cap: int) -> Meter:
        meter = bank.meter(f"place:{deployment}", _rule(deployment, cap), "")
        meter.idle_seconds = IDLE_SECONDS
        return meter

    async def _place(self, deployment: str, cap: int) -> Place | None:
        """One out of memory, or after asking the store; None where it says that there is none."""
        bank = self._bank
        if bank is not None:
            meter = self._meter(bank, deployment, cap)
            try:
                return self._counted(deployment, bank.take_at_once(meter, 1) or await bank.take(meter, 1))
            except Exhausted:
                return None
            except StoreFailed:
                pass
        return self._counted(deployment) if self._board.load(deployment).running < self._share(cap) else None

    def _counted(self, deployment: str, held: Slice | None = None) -> Place:
        self._board.load(deployment).running += 1
        return Place(held)

    async def _waited(self, deployment: Deployment, cap: int, seconds: float) -> Place:
        queue, load = self._queues.setdefault(deployment.id, deque()), self._board.load(deployment.id)
        if not seconds or len(queue) >= MOST_WAITING:
            raise _busy()
        load.waiting += 1
        try:
            async with asyncio.timeout(seconds):
                return await self._next_free(deployment, cap, queue)
        except TimeoutError as error:
            raise _busy() from error
        finally:
            load.waiting -= 1

    async def _next_free(self, deployment: Deployment, cap: int, queue: "deque[asyncio.Future[Place]]") -> Place:
        """One that a call of this process hands on, or that another process gave back."""
        while True:
            handed: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
            queue.append(handed)
            try:
                await asyncio.wait({handed}, timeout=LOOK_SECONDS)
            except asyncio.CancelledError:
                if handed.done():  # handed on in the very moment in which the client left
                    self._give_back(deployment.id, cap, handed.result())
                raise
            finally:
                if not handed.done():
                    handed.cancel()
            if not handed.cancelled():
                return handed.result()
            self._look_again(deployment.id, cap)
            if (place := await self._place(deployment.id, cap)) is not None:
                return place

    def _look_again(self, deployment: str, cap: int) -> None:
        """The store's no of a moment ago does not hold for who waits."""
        if self._bank is not None:
            self._meter(self._bank, deployment, cap).refused_at = float("-inf")

    def _give_back(self, deployment: str, cap: int, place: Place) -> None:
        bank = self._bank
        self._board.load(deployment).running -= 1
        if bank is None or place.slice is None:
            return
        now = bank.clock()
        peak = self._peaks.setdefault(deployment, Peak(now))
        if now - peak.at > IDLE_SECONDS:
            place.slice.keep(peak.most)
            peak.at, peak.most = now, self._board.load(deployment).running
        bank.settle(self._meter(bank, deployment, cap), place.slice, 1, 0)


def _rule(deployment: str, cap: int) -> LimitRule:
    return LimitRule(f"place:{deployment}", "places", ANYWHERE, PARALLEL, cap)


def _busy() -> DeploymentBusy:
    error = DeploymentBusy()
    error.headers = {**error.headers, "Retry-After": "1"}
    return error
