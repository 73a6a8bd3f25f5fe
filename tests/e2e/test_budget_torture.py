"""8 web workers, 200 clients, random costs, hedges, shadows, random kills of workers and the store: no overspending.

The budget of all is used up again and again: whenever it is, it is raised while everything goes on.
"""

import asyncio
import json
import os
import secrets
import time
from bisect import bisect_left
from collections import Counter
from decimal import Decimal
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.money_load import clients, killer
from tests.e2e.money_raising import Person, Raising
from tests.e2e.product import Product

pytestmark = pytest.mark.processes
HERE = Path(__file__).parent
SECONDS = float(os.environ.get("GATEHOUSE_TEST_TORTURE_SECONDS", "30"))
WORKERS = int(os.environ.get("GATEHOUSE_TEST_TORTURE_WORKERS", "8"))
# The dearest call: 400 tokens out, and about 1,100 bytes, which count as tokens; reserved before it is made.
DEAREST = Decimal("0.0055")
STEP = Decimal("0.008")
USER_DOLLARS = Decimal("0.007")
USER_CALLS = 4  # a minute, each user
TOKENS = 5000  # a minute
PLACES = 3
# Leases of 30 s, and as long again, thrice, for a machine that is busy with others.
PATIENCE = 120.0
LEAST_USED_UP = max(2, int(SECONDS / 30))
RULES = ("Budget all", "Limit per-user", "Limit tokens", "Limit places")


def books(product: Product) -> dict[str, Any]:
    """The installation's own view, in one transaction."""
    return dict(json.loads(product.script(HERE / "money_books.py").split("BOOKS", 1)[1]))


def arranged(product: Product) -> Raising:
    """Prices, budgets and limits are there; who raises the one for all."""
    password = secrets.token_urlsafe(24)
    amounts = {
        "E2E_DOLLARS": str(STEP), "E2E_USER_DOLLARS": str(USER_DOLLARS), "E2E_USER_CALLS": str(USER_CALLS),
        "E2E_TOKENS": str(TOKENS), "E2E_PLACES": str(PLACES), "E2E_PASSWORD": password,
    }  # fmt: skip
    said = product.script(HERE / "money_setup.py", E2E_MODEL=product.first_run["model"], **amounts)
    admin = Person(product, product.first_run["admin_username"], product.first_run["admin_password"])
    second = Person(product, "second", password)
    return Raising(admin, second, said.split("BUDGET ", 1)[1].split()[0], STEP, DEAREST, STEP)


async def torture(product: Product, raising: Raising) -> tuple[Counter[str], Counter[str]]:
    """What clients saw, and what was killed."""
    seen: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    until = time.monotonic() + SECONDS
    await asyncio.gather(clients(product, until, seen), killer(product, until, killed), raising.run(until, seen))
    return seen, killed


def most_in_a_minute(uses: list[tuple[float, int]]) -> int:
    """The most that any minute holds, wherever it begins. `uses`: when, in order, and how much."""
    times = [at for at, _ in uses]
    sums = [0, *accumulate(amount for _, amount in uses)]
    return max((sums[n + 1] - sums[bisect_left(times, at - 60.0)] for n, at in enumerate(times)), default=0)


def most_at_once(spans: list[tuple[float, float]]) -> int:
    """How many ran at one moment."""
    steps = sorted(
        [(begin, 1) for begin, end in spans if end > begin] + [(end, -1) for begin, end in spans if end > begin]
    )
    return max(accumulate(step for _, step in steps), default=0)


def check(found: dict[str, Any]) -> None:
    """Never more than the budget, whatever else is going on."""
    for name, budget in found["budgets"].items():
        for subject, sums in budget["subjects"].items():
            assert sums["spent"] + sums["leased"] <= budget["limit"], (name, subject)


def settled(product: Product) -> dict[str, Any]:
    """The books when nothing is held any more and the log is in the ledger; after PATIENCE as they are."""
    ended = time.monotonic()
    while True:
        after = books(product)
        check(after)
        held = [lease for lease in after["leases"] if lease["amount"]]
        waited = time.monotonic() - ended
        if (not held and has_all(after)) or waited > PATIENCE:
            return {**after, "held": held, "waited": waited}
        time.sleep(2)


def has_all(found: dict[str, Any]) -> bool:
    """Whether the ledger has what the budgets were charged for: records come to it by the log, within seconds."""
    return found["budgets"]["all"]["subjects"][""]["spent"] == found["charged"]


def test_nothing_is_overspent_whatever_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Eight workers begin at once: on two cores that share themselves with others it takes its time.
    monkeypatch.setattr("tests.e2e.product.START_SECONDS", 300.0)
    product = Product(tmp_path / "data", {"GATEHOUSE_WORKERS": str(WORKERS)})
    product.start()
    try:
        raising = arranged(product)
        time.sleep(1.5)  # in force on every worker within a second
        seen, killed = asyncio.run(torture(product, raising))
        check(books(product))
        after = settled(product)
        report(seen, killed, raising, after)
        stuck = [lease for lease in after["held"] if lease["writer"] not in after["alive"]]
        assert not stuck, "what dead workers held came back"
        assert not after["held"], "what idle workers held came back"
        verify_budgets(after)
        verify_limits(after)
        assert not {rule for rule in RULES if not seen[rule]}, "each rule refused something"
        assert raising.used_up >= LEAST_USED_UP and sum(killed.values()) >= 2
    finally:
        product.stop()


def verify_budgets(after: dict[str, Any]) -> None:
    """The ledger, which holds every call, against what the budgets think."""
    everybody = after["budgets"]["all"]
    assert after["charged"] <= everybody["limit"]
    assert everybody["subjects"][""]["spent"] == after["charged"]
    each = after["budgets"]["each user"]
    for user, charged in after["users"].items():
        assert charged <= each["limit"], user
        assert each["subjects"].get(f"end_user={user}", {"spent": 0})["spent"] == charged, user
    most = max(sums["spent"] for sums in each["subjects"].values())
    assert each["limit"] - most < DEAREST * 10**9, "somebody's own budget had no room for every call any more"
    assert after["kinds"].keys() > {"call"}, "copies are in the books too"


def verify_limits(after: dict[str, Any]) -> None:
    """The ledger against the limits; each user's was reached to the last call."""
    found = limits_used(after)
    assert found["per-user"] == USER_CALLS
    assert 0 < found["tokens"] <= TOKENS
    assert 0 < found["places"] <= PLACES


def limits_used(after: dict[str, Any]) -> dict[str, int]:
    """The most that any minute held, of the user who had the most, or of all."""
    calls: dict[str, list[dict[str, Any]]] = {}
    for call in after["calls"]:
        calls.setdefault(call["model"], []).append(call)
    users = {call["user"] for call in calls["per-user"]}
    each = [[(call["at"], 1) for call in calls["per-user"] if call["user"] == user] for user in users]
    return {
        "per-user": max(most_in_a_minute(uses) for uses in each),
        "tokens": most_in_a_minute([(call["at"], call["tokens"]) for call in calls["tokens"]]),
        "places": most_at_once([(call["at"], call["ended"]) for call in calls["places"]]),
    }


def report(seen: Counter[str], killed: Counter[str], raising: Raising, after: dict[str, Any]) -> None:
    """Shown with -s."""
    everybody = after["budgets"]["all"]
    used = limits_used(after)
    print(f"\nseen by clients {dict(seen.most_common())}; killed {dict(killed)}; outcomes {after['outcomes']}")
    print(f"rows of the ledger by kind {after['kinds']}")
    print(f"used up {raising.used_up} times, raised by {dict(raising.ways)}", end=", ")
    print(f"spent {after['charged'] / 1e9:.6f} of {everybody['limit'] / 1e9:.6f} US dollars")
    print(f"most calls of a user in a minute {used['per-user']} of {USER_CALLS}", end=", ")
    print(f"tokens {used['tokens']} of {TOKENS}, at once {used['places']} of {PLACES}")
    print(f"everything back after {after['waited']:.0f} s")
