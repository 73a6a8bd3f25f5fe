"""The cap of a deployment's parallel calls: exact over all processes, also where there are more of them than places."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.shared_store import SharedStore
from llmproxy.errors import DeploymentBusy
from llmproxy.limits.store import LimitStore
from llmproxy.metering.bank import Bank
from llmproxy.pipeline.slots import Slots
from llmproxy.routing.health.board import Board
from tests.valkey import running_valkey

ROOT = Path(__file__).resolve().parents[3]
WORKER = """
import asyncio, sys
import django
django.setup()
from redis.asyncio import Redis
from tests.llmproxy.pipeline.test_slots import deployment, process

async def calls(slots, to, store):
    for _ in range(15):
        await slots.enter(to)
        running = await store.incr("running")
        await store.zadd("most", {"most": running}, gt=True)
        await asyncio.sleep(0.01)
        await store.decr("running")
        slots.leave(to)
        await store.incr("done")

async def main(url):
    store, to = Redis.from_url(url), deployment("shared", 3, 30.0)
    async with process(url) as slots:
        await asyncio.gather(*(calls(slots, to, store) for _ in range(3)))
    await store.aclose()

asyncio.run(main(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    with running_valkey() as url:
        yield url


def deployment(name: str, cap: int | None, queue_seconds: float = 0.0) -> Any:
    return SimpleNamespace(id=name, max_parallel=cap, queue_seconds=queue_seconds)


@asynccontextmanager
async def process(url: str) -> AsyncIterator[Slots]:
    """The places of one process."""
    shared = SharedStore(url)
    slots = Slots(Board(), Bank(LimitStore(shared, settling_seconds=0.0)))
    try:
        yield slots
    finally:
        await slots.close()
        await shared.close()


async def entered(slots: Slots, to: Any) -> bool:
    try:
        await slots.enter(to)
    except DeploymentBusy:
        return False
    return True


async def test_more_processes_than_places_share_the_cap_exactly(valkey: str) -> None:
    to = deployment("exact", 2)
    async with AsyncExitStack() as stack:
        processes = [await stack.enter_async_context(process(valkey)) for _ in range(5)]
        passed = [await entered(slots, to) for slots in processes]
        assert sum(passed) == 2
        refused = processes[passed.index(False)]
        assert refused.full(to) == "all 2 places are taken"
        for slots, inside in zip(processes, passed, strict=True):
            if inside:
                slots.leave(to)


async def test_one_process_may_have_all_places(valkey: str) -> None:
    to = deployment("all", 3)
    async with process(valkey) as one, process(valkey):
        assert [await entered(one, to) for _ in range(4)] == [True, True, True, False]


async def test_who_waits_gets_the_place_that_another_process_gave_back(valkey: str) -> None:
    to = deployment("waits", 1, 5.0)
    async with process(valkey) as one, process(valkey) as other:
        await one.enter(to)
        waiting = asyncio.ensure_future(other.enter(to))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        one.leave(to)
        await asyncio.wait_for(waiting, 5)


async def test_a_place_is_handed_on_within_the_process_at_once(valkey: str) -> None:
    to = deployment("handed", 1, 5.0)
    async with process(valkey) as slots:
        await slots.enter(to)
        waiting = asyncio.ensure_future(slots.enter(to))
        await asyncio.sleep(0.05)
        slots.leave(to)
        await asyncio.wait_for(waiting, 0.15)
        slots.leave(to)


async def test_the_common_case_asks_nobody(valkey: str, monkeypatch: pytest.MonkeyPatch) -> None:
    to = deployment("common", 4)
    async with process(valkey) as slots:
        await slots.enter(to)
        slots.leave(to)
        asked: list[str] = []
        monkeypatch.setattr(SharedStore, "run", lambda *_, **__: asked.append("store"))
        for _ in range(100):
            await slots.enter(to)
            slots.leave(to)
        assert asked == []
        monkeypatch.undo()


async def test_one_who_left_while_waiting_holds_no_place(valkey: str) -> None:
    to = deployment("left", 1, 5.0)
    async with process(valkey) as slots:
        await slots.enter(to)
        waiting = asyncio.ensure_future(slots.enter(to))
        await asyncio.sleep(0.05)
        slots.leave(to)  # handed on, and the client leaves before it hears of that
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert await entered(slots, to)


async def test_where_the_store_is_away_each_keeps_to_its_share() -> None:
    board = Board()
    board.workers = 2
    shared = SharedStore("unix:///nowhere/valkey.sock")
    slots = Slots(board, Bank(LimitStore(shared)))
    to = deployment("away", 4)
    assert [await entered(slots, to) for _ in range(3)] == [True, True, False]
    assert slots.full(to) == "all 2 places here are taken"
    slots.leave(to)
    assert await entered(slots, to)


@pytest.mark.processes
async def test_six_processes_never_run_more_than_three_calls(valkey: str) -> None:
    from redis.asyncio import Redis

    command = [sys.executable, "-c", WORKER, valkey]
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}", "DJANGO_SETTINGS_MODULE": "tests.settings"}
    workers = [await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment) for _ in range(6)]
    codes = await asyncio.wait_for(asyncio.gather(*(worker.wait() for worker in workers)), 120)
    store = Redis.from_url(valkey)
    most, done = await store.zscore("most", "most"), int(await store.get("done") or 0)
    await store.aclose()
    assert codes == [0] * 6 and done == 6 * 3 * 15
    assert most is not None and 2 <= most <= 3
