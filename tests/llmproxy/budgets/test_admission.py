"""Budgets at the gateway: reserved before, settled after, never overspent; the refusal says what to do next."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.db.models import Sum

from llmproxy.models import Budget, BudgetLease, BudgetPeriod, ModelDeployment, Price
from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.llmproxy.budgets.conftest import Made, reload
from tests.upstream import Received, Reply, Upstream

PATH = "/v1/chat/completions"
ASK = {"model": "public", "max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]}
COST = 37_000  # nano-dollars: 7 tokens in, 3 out
# The body has about 90 bytes, which count as tokens; and 100 tokens of output: about 1.1 million nano-dollars.
ROOM = Decimal("0.0012")


@sync_to_async
def spent() -> int:
    return BudgetPeriod.objects.aggregate(sum=Sum("spent_nano"))["sum"] or 0


async def settled() -> None:
    """What processes report once a second, reported now."""
    await apps.get_app_config("llmproxy").runtime.admissions[1]._bank.close()


async def test_a_call_is_charged_what_it_cost(priced: AsgiClient, budget: Made) -> None:
    await budget(amount=1)
    answer = await priced.post(PATH, ASK)
    assert answer.status == 200
    await settled()
    assert await spent() == COST
    assert await sync_to_async(lambda: BudgetLease.objects.get().amount_nano)() == 0


async def test_what_does_not_fit_is_refused_in_plain_words(
    priced: AsgiClient, budget: Made, upstream: Upstream
) -> None:
    await budget(amount=Decimal("0.0005"))
    answer = await priced.post(PATH, ASK)
    error = answer.json()["error"]
    assert (answer.status, error["code"], error["type"]) == (429, "budget_exceeded", "insufficient_quota")
    assert "Budget “spending”: $0.000500 each month for organisation “Alpha”" in error["message"]
    assert "$0.000500 left, and this call may cost up to $0.001" in error["message"]
    assert "begins anew on 1 " in error["message"] and "Lower the maximum" in error["message"]
    assert answer.headers["x-should-retry"] == "false"
    assert upstream.received == []


async def test_fifty_calls_at_once_into_a_budget_for_five(priced: AsgiClient, budget: Made, upstream: Upstream) -> None:
    async def dear(received: Received, reply: Reply) -> None:
        """It uses all that was reserved for the output."""
        await asyncio.sleep(0.05)
        await reply.json({"choices": [], "usage": {"prompt_tokens": 90, "completion_tokens": 100}})

    upstream.script = dear
    await budget(amount=ROOM * 5)
    answers = await asyncio.gather(*(priced.post(PATH, ASK) for _ in range(50)))
    passed = [answer.status for answer in answers].count(200)
    assert 4 <= passed <= 5
    await settled()
    assert await spent() == passed * (90_000 + 1_000_000) <= ROOM * 5 * 10**9


async def test_the_rest_of_a_reservation_is_free_again(priced: AsgiClient, budget: Made) -> None:
    await budget(amount=ROOM * 2)
    assert [(await priced.post(PATH, ASK)).status for _ in range(20)] == [200] * 20
    await settled()
    assert await spent() == 20 * COST


async def test_every_level_has_to_have_room(priced: AsgiClient, budget: Made, world: World, upstream: Upstream) -> None:
    await budget(name="organisation", amount=10)
    await budget(name="team", amount=ROOM / 100, team=world.team)
    answer = await priced.post(PATH, ASK)
    assert answer.status == 429 and "“team”" in answer.json()["error"]["message"]
    await settled()
    assert await spent() == 0
    assert await sync_to_async(lambda: BudgetLease.objects.aggregate(sum=Sum("amount_nano"))["sum"])() == 0


async def test_an_unknown_price_is_refused_by_default(gateway: AsgiClient, world: World, budget: Made) -> None:
    await budget(amount=5)
    answer = await gateway.bearing(world.key).post(PATH, ASK)
    assert (answer.status, answer.json()["error"]["code"]) == (403, "price_unknown")
    assert "ask an administrator to set its price" in answer.json()["error"]["message"]


async def test_an_unknown_price_passes_where_the_budget_says_so(
    gateway: AsgiClient, world: World, budget: Made
) -> None:
    await budget(amount=5, unknown_price="admit")
    assert (await gateway.bearing(world.key).post(PATH, ASK)).status == 200


async def test_what_is_free_fits_into_any_budget(gateway: AsgiClient, world: World, budget: Made) -> None:
    def free() -> None:
        Price.objects.create(deployment=ModelDeployment.objects.get(upstream_model="up-public"), input=0, output=0)
        reload()

    await sync_to_async(free)()
    await budget(amount=0)
    assert (await gateway.bearing(world.key).post(PATH, ASK)).status == 200
    await settled()
    assert await spent() == 0


async def test_half_a_price_is_an_unknown_price(gateway: AsgiClient, world: World, budget: Made) -> None:
    def half() -> None:
        Price.objects.create(deployment=ModelDeployment.objects.get(upstream_model="up-public"), input=Decimal(1))
        reload()

    await sync_to_async(half)()
    await budget(amount=5)
    assert (await gateway.bearing(world.key).post(PATH, ASK)).json()["error"]["code"] == "price_unknown"


async def test_a_soft_budget_refuses_nobody_and_counts(priced: AsgiClient, budget: Made) -> None:
    made = await budget(amount=Decimal("0.00005"), hard=False)
    assert [(await priced.post(PATH, ASK)).status for _ in range(3)] == [200] * 3
    await settled()
    assert await spent() == 3 * COST
    assert await sync_to_async(lambda: sorted(made.alerts.values_list("threshold", flat=True)))() == [50, 80, 100]


async def test_a_call_without_a_maximum_is_given_one(priced: AsgiClient, budget: Made, upstream: Upstream) -> None:
    await budget(amount=1, default_output=321)
    ask = {name: value for name, value in ASK.items() if name != "max_tokens"}
    assert (await priced.post(PATH, ask)).status == 200
    assert upstream.received[0].json()["max_completion_tokens"] == 321
    assert (await priced.post(PATH, ASK)).status == 200
    assert "max_completion_tokens" not in upstream.received[1].json()


async def test_a_stream_that_goes_beyond_its_reservation_is_cut_with_the_wires_own_event(
    priced: AsgiClient, budget: Made, upstream: Upstream
) -> None:
    async def endless(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        for _n in range(400):
            await reply.event({"choices": [{"index": 0, "delta": {"content": "more "}}]})
            await asyncio.sleep(0)

    upstream.script = endless
    await budget(amount=1)
    answer = await priced.post(PATH, {**ASK, "stream": True})
    assert answer.status == 200 and answer.finished
    assert b"reservation_exhausted" in answer.body and b"[DONE]" not in answer.body
    assert answer.body.count(b"more") <= 189
    await settled()
    assert await spent() >= 100 * 10_000


async def test_a_client_that_leaves_is_charged_for_what_was_sent(
    priced: AsgiClient, budget: Made, upstream: Upstream
) -> None:
    async def slow(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        while True:
            await reply.event({"choices": [{"index": 0, "delta": {"content": "on "}}]})
            await asyncio.sleep(0.02)

    upstream.script, gone = slow, asyncio.Event()

    async def leave(_: bytes) -> None:
        asyncio.get_running_loop().call_later(0.3, gone.set)

    await budget(amount=1)
    await priced.post(PATH, {**ASK, "stream": True}, gone=gone, on_chunk=leave)
    await settled()
    assert await spent() > 3 * 10_000


async def test_a_provider_that_fails_costs_nothing(priced: AsgiClient, budget: Made, upstream: Upstream) -> None:
    upstream.script = lambda _, reply: reply.json({"error": {"message": "no"}}, 500)
    await budget(amount=1)
    assert (await priced.post(PATH, ASK)).status == 502
    await settled()
    assert await spent() == 0


async def test_the_strangers_calls_are_not_alphas_business(priced: AsgiClient, budget: Made, world: World) -> None:
    await budget(amount=0)
    assert (await priced.post(PATH, ASK)).status == 429
    charlie = AsgiClient(priced.application).bearing(world.strangers_key)
    assert (await charlie.post(PATH, ASK)).status == 404


async def test_the_common_case_asks_neither_database_nor_thread(
    priced: AsgiClient, budget: Made, database_calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await budget(amount=1000)
    for _ in range(3):
        await priced.post(PATH, ASK)
        await asyncio.sleep(0.1)
    waited: list[Any] = []
    bank = apps.get_app_config("llmproxy").runtime.admissions[1]._bank
    monkeypatch.setattr(bank, "_filled", lambda *given: waited.append(given))
    database_calls.clear()
    answer = await priced.post(PATH, ASK)
    assert answer.status == 200 and answer.headers["x-gatehouse-budget-remaining"].startswith("999.99")
    assert (waited, database_calls) == ([], [])


async def test_more_for_a_while_holds_until_it_ends(priced: AsgiClient, budget: Made, world: World) -> None:
    made: Budget = await budget(amount=0)
    assert (await priced.post(PATH, ASK)).status == 429

    def add() -> None:
        from datetime import timedelta

        from django.utils import timezone

        from llmproxy.models import BudgetIncrease

        BudgetIncrease.objects.create(
            budget=made, amount=1, ends_at=timezone.now() + timedelta(hours=1), reason="launch", state="approved",
            requested_by=world.alice, decided_by=world.bob, decided_at=timezone.now(),
        )  # fmt: skip

    await sync_to_async(add)()
    await asyncio.sleep(1.1)  # what was refused is refused again for a second
    assert (await priced.post(PATH, ASK)).status == 200
