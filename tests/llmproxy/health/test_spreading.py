"""Processes hear of each other's circuits and load through the store, and go on by themselves where it is away."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from accounts.shared_store import SharedStore
from accounts.single_use import StoreAway
from llmproxy.health.spreading import Spreader
from llmproxy.health.telling import CIRCUITS, WORKERS, told_in, workers_in
from llmproxy.routing.health.board import Board
from llmproxy.routing.health.circuit import Limits
from tests.valkey import running_valkey

LIMITS = Limits(1, 30.0)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def spreader() -> AsyncIterator[Callable[[], tuple[Board, Spreader]]]:
    with running_valkey() as url:
        stores: list[SharedStore] = []
        clock = Clock()

        def make() -> tuple[Board, Spreader]:
            board, store = Board(), SharedStore(url)
            stores.append(store)
            made = Spreader(board, store, clock)
            made.clock = clock  # type: ignore[attr-defined]
            return board, made

        yield make
        for store in stores:
            await store.close()


async def test_a_circuit_that_opens_in_one_process_is_open_in_the_others(spreader) -> None:  # type: ignore[no-untyped-def]
    (here, ours), (there, theirs) = spreader(), spreader()
    here.failed("d", 1_000.0, "status 500", LIMITS)
    await ours.look()
    await theirs.look()
    assert there.barred("d", 1_010.0) == "status 500; tried again in 20 s"
    there.begun("d", 1_031.0)
    there.succeeded("d", 1_032.0)
    await theirs.look()
    await ours.look()
    assert here.barred("d", 1_032.0) is None


async def test_load_is_told_and_forgotten_with_its_process(spreader) -> None:  # type: ignore[no-untyped-def]
    (here, ours), (there, theirs) = spreader(), spreader()
    here.load("d").running = 3
    await ours.look()
    await theirs.look()
    assert (there.running("d"), there.workers) == (3, 2)
    ours.clock.now += 6.0
    await theirs.look()
    assert (there.running("d"), there.workers) == (0, 1)


async def test_who_comes_later_hears_of_what_is_open(spreader) -> None:  # type: ignore[no-untyped-def]
    here, ours = spreader()
    here.failed("d", 1_000.0, "status 500", LIMITS)
    await ours.look()
    there, theirs = spreader()
    await theirs.look()
    assert there.barred("d", 1_001.0)


async def test_where_the_store_is_away_each_goes_on_and_tells_later() -> None:
    board = Board()
    alone = Spreader(board, SharedStore("redis://127.0.0.1:1/0"), Clock())
    board.failed("d", 1_000.0, "status 500", LIMITS)
    with pytest.raises(StoreAway):
        await alone.look()
    assert board.barred("d", 1_000.0) and len(board.untold) == 1
    alone.start()
    await asyncio.sleep(0)
    await alone.stop()


def test_what_cannot_be_read_in_the_store_is_left_out() -> None:
    assert told_in({b"a": b"nonsense", b"b": b"[1]", b"c": b'["x",1,"y",2]', b"d": b'[9.5,1,"why",8.5]'})[0].key == "d"
    assert workers_in({b"a": b"[]", b"b": b"{", b"c": b"[99,{},{}]", b"d": b"[50,{},{}]"}, 100.0).keys() == {"c"}
    assert CIRCUITS != WORKERS
