"""The store as the data plane asks it: on the event loop, no thread, and an outage has one name."""

import asyncio

import pytest

from accounts.shared_store import SharedStore
from accounts.single_use import StoreAway
from tests.valkey import running_valkey

ADD = "return redis.call('INCRBY', KEYS[1], ARGV[1])"


async def test_a_script_runs_at_once_for_all_who_ask() -> None:
    with running_valkey() as url:
        store = SharedStore(url)
        await asyncio.gather(*(store.run(ADD, ["sum"], 2) for _ in range(100)))
        assert await store.run(ADD, ["sum"], 0) == 200
        await store.close()


async def test_a_server_that_forgot_its_scripts_is_told_again() -> None:
    with running_valkey() as url:
        store = SharedStore(url)
        await store.run(ADD, ["sum"], 1)
        await store.ask(lambda client: client.script_flush())
        assert await store.run(ADD, ["sum"], 1) == 2
        await store.close()


async def test_it_hops_to_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    with running_valkey() as url:
        store = SharedStore(url)
        hops: list[object] = []
        monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", lambda *given: hops.append(given))
        await store.run(ADD, ["sum"], 1)
        assert hops == []
        await store.close()


async def test_an_outage_is_said_as_such_and_ends() -> None:
    with running_valkey() as url:
        store = SharedStore(url)
        assert await store.run(ADD, ["sum"], 1) == 1
    with pytest.raises(StoreAway):
        await store.run(ADD, ["sum"], 1)
    await store.close()


def test_each_event_loop_has_a_client_of_its_own() -> None:
    with running_valkey() as url:
        store = SharedStore(url)

        async def once() -> int:
            try:
                return int(await store.run(ADD, ["sum"], 1))
            finally:
                await store.close()

        assert [asyncio.run(once()), asyncio.run(once())] == [1, 2]
