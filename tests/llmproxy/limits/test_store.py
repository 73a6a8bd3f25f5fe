"""Sliding windows and places, leased by several processes from a real Valkey: never more than the limit."""

import asyncio
import random
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from accounts.shared_store import SharedStore
from config.embedded.valkey import Valkey
from llmproxy.limits.store import LimitStore
from llmproxy.metering.bank import Bank, Exhausted, StoreFailed
from llmproxy.metering.rules import PARALLEL, REQUESTS, TOKENS, LimitRule
from llmproxy.metering.scope import Scope
from tests.valkey import running_valkey

MINUTE = LimitRule("r1", "calls", Scope(), REQUESTS, 100, "minute")


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    with running_valkey() as url:
        yield url


@asynccontextmanager
async def process(url: str, settling: float = 0.0) -> AsyncIterator[Bank]:
    """A bank as one process has it."""
    shared = SharedStore(url)
    bank = Bank(LimitStore(shared, settling_seconds=settling))
    try:
        yield bank
    finally:
        await bank.close()
        await shared.close()


async def spend(bank: Bank, rule: LimitRule, amount: int = 1, used: int | None = None) -> bool:
    meter = bank.meter(rule.id, rule, "")
    try:
        held = await bank.take(meter, amount)
    except Exhausted:
        return False
    bank.settle(meter, held, amount, amount if used is None else used)
    return True


def named(rule: LimitRule, name: str) -> LimitRule:
    return LimitRule(name, rule.name, rule.scope, rule.unit, rule.amount, rule.window)


async def test_many_processes_never_pass_more_than_the_limit_and_nearly_all_of_it(valkey: str) -> None:
    rule = named(MINUTE, "many")
    async with AsyncExitStack() as stack:
        banks = [await stack.enter_async_context(process(valkey)) for _ in range(8)]
        passed = sum(await asyncio.gather(*(spend(banks[n % 8], rule) for n in range(400))))
    assert 95 <= passed <= 100


async def test_what_was_reserved_and_not_used_can_be_used_by_others(valkey: str) -> None:
    rule = LimitRule("tokens", "t", Scope(), TOKENS, 1000, "minute")
    async with process(valkey) as one, process(valkey) as other:
        assert await spend(one, rule, 1000, used=10)
        assert not await spend(other, rule, 500)
        await one.close()
        assert await spend(other, rule, 400)
        assert not await spend(other, rule, 595)


async def test_what_was_used_beyond_the_reservation_counts(valkey: str) -> None:
    rule = LimitRule("beyond", "t", Scope(), TOKENS, 1000, "minute")
    async with process(valkey) as one, process(valkey) as other:
        assert await spend(one, rule, 100, used=950)
        await one.close()
        assert not await spend(other, rule, 51)


async def test_the_common_case_asks_nobody(valkey: str) -> None:
    rule = LimitRule("common", "c", Scope(), REQUESTS, 100_000, "minute")
    async with process(valkey) as bank:
        meter = bank.meter(rule.id, rule, "")
        await spend(bank, rule)
        await asyncio.sleep(0.2)
        for _ in range(3):
            await spend(bank, rule)
        assert bank.take_at_once(meter, 1) is not None


async def test_parallel_calls_are_counted_over_all_processes(valkey: str) -> None:
    rule = LimitRule("places", "p", Scope(), PARALLEL, 3)
    async with process(valkey) as one, process(valkey) as other:
        meters = [bank.meter(rule.id, rule, "") for bank in (one, other)]
        held = [await one.take(meters[0], 1) for _ in range(2)]
        await other.take(meters[1], 1)
        with pytest.raises(Exhausted):
            await other.take(meters[1], 1)
        one.settle(meters[0], held[0], 1, 0)
        await one.close()
        meters[1].refused_at = float("-inf")
        await other.take(meters[1], 1)


async def test_a_dead_process_gives_its_places_back_when_its_lease_ends(valkey: str, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("llmproxy.limits.store.LEASE_SECONDS", 0.3)
    rule = LimitRule("dead", "p", Scope(), PARALLEL, 1)
    shared = SharedStore(valkey)
    dead = Bank(LimitStore(shared, settling_seconds=0))
    await dead.take(dead.meter(rule.id, rule, ""), 1)
    dead._timer.cancel()  # type: ignore[union-attr]  # it stops without a word
    async with process(valkey) as other:
        meter = other.meter(rule.id, rule, "")
        with pytest.raises(Exhausted):
            await other.take(meter, 1)
        await asyncio.sleep(0.4)
        meter.refused_at = float("-inf")
        await other.take(meter, 1)
    await shared.close()


async def test_without_a_store_it_says_so() -> None:
    async with process("unix:///nowhere/valkey.sock") as bank:
        with pytest.raises(StoreFailed):
            await spend(bank, MINUTE)


async def test_the_refusal_tells_when_it_would_fit(valkey: str) -> None:
    rule = LimitRule("when", "c", Scope(), REQUESTS, 5, "minute")
    async with process(valkey) as bank:
        assert sum([await spend(bank, rule) for _ in range(8)]) == 5
        answer = bank.meter(rule.id, rule, "").answer
        assert answer is not None and answer.left == 0
        assert answer.resets_seconds is not None and 55 < answer.resets_seconds <= 63


class Server:
    """A Valkey that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.valkey = Valkey(folder / "s" / "v.sock", folder / "d")
        self.valkey.prepare()
        self.running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.valkey.socket}"

    def start(self, *, keep: bool) -> None:
        if not keep:
            for path in sorted(self.valkey.directory.rglob("*"), reverse=True):
                path.unlink() if path.is_file() else path.rmdir()
        self.running = subprocess.Popen(self.valkey.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert self.valkey.wait_until_it_answers()

    def kill(self) -> None:
        if self.running is not None:
            self.running.kill()
            self.running.wait()


@pytest.mark.parametrize("keep", [True, False], ids=["with its file", "with nothing"])
async def test_a_store_that_was_killed_learns_again_what_was_used(short_folder: Path, keep: bool) -> None:
    server = Server(short_folder)
    server.start(keep=True)
    rule = LimitRule("killed", "c", Scope(), REQUESTS, 100, "minute")
    passed = 0
    try:
        async with AsyncExitStack() as stack:
            banks = [await stack.enter_async_context(process(server.url, 0.8)) for _ in range(4)]
            for _ in range(3):
                passed += sum(await asyncio.gather(*(spend(random.choice(banks), rule) for _ in range(20))))
                server.kill()
                server.start(keep=keep)
            passed += sum(await asyncio.gather(*(spend(banks[n % 4], rule) for n in range(200))))
            assert passed <= 100
            assert passed >= 95
    finally:
        server.kill()


async def test_a_process_that_rests_says_again_what_it_used(short_folder: Path) -> None:
    server = Server(short_folder)
    server.start(keep=True)
    rule = LimitRule("resting", "c", Scope(), REQUESTS, 50, "minute")
    try:
        async with process(server.url, 2.0) as resting, process(server.url, 2.0) as other:
            assert sum([await spend(resting, rule) for _ in range(40)]) == 40
            await asyncio.sleep(2.5)  # it is quiet now, and nothing of it is on its way
            server.kill()
            server.start(keep=False)
            assert sum(await asyncio.gather(*(spend(other, rule) for _ in range(40)))) <= 10
    finally:
        server.kill()
