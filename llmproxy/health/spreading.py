"""Tells the other processes of this one's circuits and load, and hears of theirs: a task beside the calls.

Where the store is away each process goes on with what it knows; what changed meanwhile is told when it is back.
"""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable
from typing import Any

import structlog
from redis.asyncio import Redis
from uuid_utils import uuid7

from accounts.shared_store import SharedStore
from accounts.single_use import StoreAway
from llmproxy.health.telling import CIRCUITS, WORKERS, Worker, outdated, told_bytes, told_in, workers_in
from llmproxy.routing.health.board import Board

LOOK_SECONDS = 0.5
AWAY_SECONDS = 2.0

logger = structlog.get_logger(__name__)


class Spreader:
    """One per process.

    Args:
        clock: gives Unix seconds.
    """

    def __init__(self, board: Board, store: SharedStore, clock: Any = time.time) -> None:
        self._board = board
        self._store = store
        self._clock = clock
        self.name = f"{os.getpid()}-{uuid7()}"
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._follow(), name="health-spreader")

    async def stop(self) -> None:
        """End; the others forget this process's load by themselves."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def look(self) -> None:
        """Tell and hear once, in one round trip. Raises StoreAway; what was not told is told next time."""
        telling = list(self._board.untold)
        now = self._clock()

        async def question(client: Redis) -> Any:
            asking = client.pipeline(transaction=False)
            for told in telling:
                asking.hset(CIRCUITS, told.key, told_bytes(told).decode())
            asking.hset(WORKERS, self.name, self._worker(now).bytes().decode())
            asking.hgetall(CIRCUITS)
            asking.hgetall(WORKERS)
            return await asking.execute()

        *_, circuits, workers = await self._store.ask(question)
        for _ in telling:
            self._board.untold.popleft()
        await self._hear(circuits, workers, now)

    async def _hear(self, circuits: dict[bytes, bytes], workers: dict[bytes, bytes], now: float) -> None:
        told = told_in(circuits)
        self._board.take_in(told)
        living = workers_in(workers, now)
        elsewhere: Counter[str] = Counter()
        for name, worker in living.items():
            if name != self.name:
                elsewhere.update(worker.running)
        self._board.hear_load(elsewhere, len(living))
        if old := [said.key for said in told if outdated(said, now)]:
            await self._forget(CIRCUITS, old)
        if gone := [name for name in workers if name.decode("utf-8", "replace") not in living]:
            await self._forget(WORKERS, gone)

    async def _forget(self, name: str, fields: list[Any]) -> None:
        def question(client: Redis) -> Awaitable[int]:
            removed: Any = client.hdel(name, *fields)
            return removed  # type: ignore[no-any-return]  # redis types one method for both its clients

        await self._store.ask(question)

    def _worker(self, now: float) -> Worker:
        loads = self._board.loads
        running = {key: load.running for key, load in loads.items() if load.running}
        seconds = {key: round(load.latency(now), 4) for key, load in loads.items() if load.latency(now) > 0.0005}
        return Worker(now, running, seconds)

    async def _follow(self) -> None:
        away = False
        while True:
            try:
                await self.look()
                away = False
            except StoreAway:
                if not away:
                    logger.warning("health.store_away")
                away = True
            except Exception:  # the task's outermost boundary: a defect must not end the telling silently
                logger.exception("health.defect")
            await asyncio.sleep(AWAY_SECONDS if away else LOOK_SECONDS)
