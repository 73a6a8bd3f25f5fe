"""8 web workers, 200 clients, random costs, hedges, shadows, random kills of workers and the store: no overspending."""

import asyncio
import json
import os
import random
import signal
import time
from bisect import bisect_left
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.product import Product

pytestmark = pytest.mark.processes
HERE = Path(__file__).parent
SECONDS = float(os.environ.get("GATEHOUSE_TEST_TORTURE_SECONDS", "30"))
WORKERS = int(os.environ.get("GATEHOUSE_TEST_TORTURE_WORKERS", "8"))
CLIENTS = 200
CALLS = 240  # a minute
DOLLARS = 0.1 * max(1.0, SECONDS / 200)
USER_DOLLARS = DOLLARS / 20
LEASE_SECONDS = 30

# Limits and budgets answer with the same status.
OVER_BUDGET = -429


def books(product: Product) -> dict[str, Any]:
    """The installation's own view, in one transaction."""
    return dict(json.loads(product.script(HERE / "money_books.py").split("BOOKS", 1)[1]))


async def ask(product: Product, user: str) -> int:
    """One call of a random cost over a connection of its own: its status, OVER_BUDGET, or 0 where it was cut off."""
    body = json.dumps({
        "model": product.first_run["model"], "max_tokens": random.randint(1, 400), "user": user,
        "messages": [{"role": "user", "content": "word " * random.randint(1, 200)}],
    }).encode()  # fmt: skip
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {product.first_run['api_key']}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    ).encode()
    writer = None
    try:
        async with asyncio.timeout(20):
            reader, writer = await asyncio.open_connection("127.0.0.1", product.port)
            writer.write(head + body)
            answer = await reader.read()
        return OVER_BUDGET if b"budget_exceeded" in answer else int(answer[9:12])
    except (OSError, TimeoutError, ValueError):
        return 0
    finally:
        if writer is not None:
            writer.close()


async def client(product: Product, until: float, seen: Counter[int]) -> None:
    """Calls one after the other, for several end users."""
    while time.monotonic() < until:
        status = await ask(product, f"user-{random.randint(1, 40)}")
        seen[status] += 1
        if status != 200:
            await asyncio.sleep(random.random() / 2)


async def killer(product: Product, until: float, killed: Counter[str]) -> None:
    """Now a worker, now the store: killed, not asked."""
    while time.monotonic() < until - 3:
        await asyncio.sleep(random.uniform(2.5, 5))
        what = random.choice(["granian", "granian", "valkey-server"])
        pids = product.pids(what)[1 if what == "granian" else 0 :]  # the first of the web is the workers' parent
        if pids:
            os.kill(random.choice(pids), signal.SIGKILL)
            killed[what] += 1


async def torture(product: Product) -> tuple[Counter[int], Counter[str]]:
    seen: Counter[int] = Counter()
    killed: Counter[str] = Counter()
    until = time.monotonic() + SECONDS
    await asyncio.gather(*(client(product, until, seen) for _ in range(CLIENTS)), killer(product, until, killed))
    return seen, killed


def most_in_a_minute(times: list[float]) -> int:
    """The largest number of calls in any minute, wherever it begins."""
    return max((n - bisect_left(times, at - 60.0) + 1 for n, at in enumerate(times)), default=0)


def check(found: dict[str, Any]) -> None:
    """Never more than the limit, whatever else is going on."""
    for name, budget in found["budgets"].items():
        for subject, sums in budget["subjects"].items():
            assert sums["spent"] + sums["leased"] <= budget["limit"], (name, subject)


def test_nothing_is_overspent_whatever_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Eight workers begin at once: on two cores that share themselves with others it takes its time.
    monkeypatch.setattr("tests.e2e.product.START_SECONDS", 300.0)
    product = Product(tmp_path / "data", {"GATEHOUSE_WORKERS": str(WORKERS)})
    product.start()
    try:
        amounts = {"E2E_DOLLARS": f"{DOLLARS:.6f}", "E2E_USER_DOLLARS": f"{USER_DOLLARS:.6f}", "E2E_CALLS": str(CALLS)}
        product.script(HERE / "money_setup.py", E2E_MODEL=product.first_run["model"], **amounts)
        time.sleep(1.5)  # in force on every worker within a second
        seen, killed = asyncio.run(torture(product))
        during = books(product)
        check(during)
        ended = time.monotonic()
        after = during
        while time.monotonic() < ended + LEASE_SECONDS + 60:
            after = books(product)
            check(after)
            stuck = [lease for lease in after["leases"] if lease["writer"] not in after["alive"] and lease["amount"]]
            held = [lease for lease in after["leases"] if lease["amount"]]
            if not stuck and not held and after["read"] >= after["log"] - 50:
                break
            time.sleep(2)
        report(seen, killed, after, time.monotonic() - ended)
        assert not stuck, "what dead workers held came back"
        assert not held, "what idle workers held came back"
        verify(after)
        assert seen[200] > 20 and seen[OVER_BUDGET] and sum(killed.values()) >= 2
    finally:
        product.stop()


def verify(after: dict[str, Any]) -> None:
    """The ledger, which holds every call, against the limits and against what the budgets think."""
    everybody = after["budgets"]["all"]
    assert after["charged"] <= everybody["limit"]
    assert everybody["subjects"][""]["spent"] == after["charged"]
    each = after["budgets"]["each user"]
    for user, charged in after["users"].items():
        if user:
            assert charged <= each["limit"], user
            assert each["subjects"][f"end_user={user}"]["spent"] == charged, user
    assert most_in_a_minute(after["admitted"]) <= CALLS
    assert after["kinds"].keys() > {"call"}, "copies are in the books too"


def report(seen: Counter[int], killed: Counter[str], after: dict[str, Any], settled: float) -> None:
    """Shown with -s."""
    spent = after["charged"] / after["budgets"]["all"]["limit"]
    print(f"\nanswers by status {dict(seen)}; killed {dict(killed)}; outcomes {after['outcomes']}")
    print(f"rows of the ledger by kind {after['kinds']}")
    print(f"spent {spent:.2%} of the budget; most calls in a minute {most_in_a_minute(after['admitted'])} of {CALLS}")
    print(f"everything back after {settled:.0f} s")
