"""Copies that a provider may bill: reserved for, charged, on record and in the ledger, each as a row of its own."""

import asyncio
import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models import Sum

from llmproxy.actions import fill_ledger
from llmproxy.models import BudgetLease, BudgetPeriod, LedgerEntry, ModelDeployment, Price, Route, RouteDeployment
from tests.asgi_client import Answer
from tests.audit.content.conftest import put_policy
from tests.llmproxy.budgets.conftest import Made, budget
from tests.llmproxy.pipeline.test_attempts import hang, refusing
from tests.llmproxy.pipeline.two_providers import TwoProviders
from tests.upstream import ANSWER, Received, Reply, Script

__all__ = ["budget"]
ASK = {"max_tokens": 100, "user": "ann"}
COST = 37_000  # nano-dollars: 7 tokens in, 3 out
PAGE = Path(__file__).resolve().parents[3] / "docs" / "budgets.md"
TABLE = re.search(r"<!-- copies: begin -->\n(.*?)<!-- copies: end -->", PAGE.read_text(), re.DOTALL)
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE[1].strip().splitlines()[2:]]  # type: ignore[index]


@pytest.fixture
async def both(two: TwoProviders) -> AsyncIterator[TwoProviders]:
    """Both have a price; `one` is twice as dear."""

    def prices() -> None:
        for deployment in ModelDeployment.objects.select_related("provider"):
            times = 2 if deployment.provider.slug == "one" else 1
            Price.objects.create(deployment=deployment, input=Decimal(times), output=Decimal(10 * times))

    await two.do(prices)
    yield two


def after(seconds: float, status: int = 200) -> Script:
    async def script(_: Received, reply: Reply) -> None:
        await asyncio.sleep(seconds)
        await reply.json(ANSWER if status == 200 else {"error": {"message": "no"}}, status)

    return script


async def copied(two: TwoProviders) -> None:
    await asyncio.wait_for(asyncio.gather(*two.runtime.shadows), 5)


async def spent(two: TwoProviders) -> int:
    """What processes report every two seconds, reported now."""
    await two.runtime.admissions[1]._bank.close()  # type: ignore[attr-defined]
    return await sync_to_async(lambda: BudgetPeriod.objects.aggregate(sum=Sum("spent_nano"))["sum"] or 0)()


async def rows(two: TwoProviders) -> dict[str, LedgerEntry]:
    """The ledger's, by kind."""
    await two.terminal()

    def filled() -> dict[str, LedgerEntry]:
        fill_ledger.execute()
        found = {entry.kind: entry for entry in LedgerEntry.objects.all()}
        assert len(found) == LedgerEntry.objects.count()
        connections.close_all()
        return found

    return await sync_to_async(filled)()


async def test_a_hedge_that_lost_is_charged_as_if_it_had_done_the_same(both: TwoProviders, budget: Made) -> None:
    await budget(amount=1)
    both.one.script = hang
    await both.set(Route, hedge_after=0.05)
    assert (await both.ask(ASK, headers=[("x-gatehouse-tags", "nightly")])).status == 200
    assert await spent(both) == 2 * COST + COST
    found = await rows(both)
    call, hedge = found["call"], found["hedge"]
    assert (call.provider, call.cost_nano, call.usage_source) == ("two", COST, "reported")
    assert (hedge.provider, hedge.cost_nano, hedge.usage_source, hedge.outcome) == (
        "one", 2 * COST, "estimated", "aborted",
    )  # fmt: skip
    for name in ("organisation_id", "team_id", "principal", "end_user", "model", "request_id", "tags", "writer"):
        assert getattr(call, name) == getattr(hedge, name), name
    assert hedge.tags == ["nightly"] and hedge.tokens_out == 3 and hedge.reserved_nano > hedge.charged_nano
    (begun,) = await both.events("proxy.hedge.started")
    (over,) = await both.events("proxy.hedge.aborted")
    assert (begun["provider"], over["provider"], over["error_code"]) == ("two", "one", "other_was_faster")
    assert over["attrs"]["copy_id"] == begun["id"] and over["attrs"]["usage"] == "estimated"


async def test_a_second_that_is_slower_is_the_copy(both: TwoProviders, budget: Made) -> None:
    await budget(amount=1)
    both.one.script, both.two.script = after(0.2), hang
    await both.set(Route, hedge_after=0.05)
    assert (await both.ask(ASK)).headers["x-gatehouse-deployment"] == "one/model"
    assert await spent(both) == 2 * COST + COST
    assert (await rows(both))["hedge"].provider == "two"


async def test_a_hedge_that_failed_costs_nothing(both: TwoProviders, budget: Made) -> None:
    await budget(amount=1)
    both.one.script, both.two.script = after(0.2), refusing(500)
    await both.set(Route, hedge_after=0.05)
    assert (await both.ask(ASK)).status == 200
    assert await spent(both) == 2 * COST
    hedge = (await rows(both))["hedge"]
    assert (hedge.cost_nano, hedge.outcome, hedge.error_code) == (0, "failure", "unavailable")


async def test_where_the_budget_has_no_room_nobody_is_asked_as_well(both: TwoProviders, budget: Made) -> None:
    await budget(amount=Decimal("0.0035"))  # the call may cost up to $0.0022
    both.one.script = after(0.3)
    await both.set(Route, hedge_after=0.05)
    assert (await both.ask(ASK)).headers["x-gatehouse-attempts"] == "1"
    assert not both.two.received and await spent(both) == 2 * COST
    (record,) = await both.terminal()
    (aside,) = record["attrs"]["plan"]["put_aside"]
    assert aside["to"] == "two/model" and aside["why"].startswith("not asked as well: Budget “spending”")
    assert set(await rows(both)) == {"call"}


async def test_who_was_not_asked_as_well_still_serves_when_the_first_fails(both: TwoProviders, budget: Made) -> None:
    await budget(amount=Decimal("0.0035"))
    both.one.script = after(0.2, 500)
    await both.set(Route, hedge_after=0.05)
    assert (await both.ask(ASK)).headers["x-gatehouse-deployment"] == "two/model"
    assert await spent(both) == COST


async def test_hedged_calls_at_once_never_overspend(both: TwoProviders, budget: Made) -> None:
    room = Decimal("0.012")
    await budget(amount=room)
    both.one.script, both.two.script = after(0.2), after(0.1)
    await both.set(Route, hedge_after=0.02)
    answers: list[Answer] = await asyncio.gather(*(both.ask(ASK) for _ in range(20)))
    passed = [answer.status for answer in answers].count(200)
    assert 1 <= passed < 20
    assert await spent(both) <= room * 10**9
    held = await sync_to_async(lambda: BudgetLease.objects.aggregate(sum=Sum("amount_nano"))["sum"])()
    assert held == 0


async def test_a_shadow_is_charged_what_it_cost(both: TwoProviders, budget: Made) -> None:
    await budget(amount=1)
    await both.place("two", role="shadow", share=100.0)
    assert (await both.ask(ASK)).status == 200
    await copied(both)
    assert await spent(both) == 2 * COST + COST
    shadow = (await rows(both))["shadow"]
    assert (shadow.provider, shadow.cost_nano, shadow.usage_source, shadow.outcome) == (
        "two", COST, "reported", "success",
    )  # fmt: skip
    assert shadow.end_user == "ann" and shadow.principal.startswith("key:")


async def test_a_shadow_without_room_is_not_sent_and_that_is_on_record(both: TwoProviders, budget: Made) -> None:
    await budget(amount=Decimal("0.0025"))
    both.one.script = after(0.3)
    await both.place("two", role="shadow", share=100.0)
    assert (await both.ask(ASK)).status == 200
    await copied(both)
    assert not both.two.received and await spent(both) == 2 * COST
    (record,) = await both.events("proxy.shadow.failed")
    assert (record["outcome"], record["error_code"]) == ("denied", "budget_exceeded")
    assert "this call may cost up to" in record["attrs"]["message"] and record["attrs"]["sent"] is False
    assert set(await rows(both)) == {"call"}


async def streamed(_: Received, reply: Reply) -> None:
    await reply.start_stream()
    await reply.event({"choices": [{"index": 0, "delta": {"content": "hello"}}], "usage": ANSWER["usage"]})
    await reply.end_stream()


async def endless(_: Received, reply: Reply) -> None:
    await reply.start_stream()
    for _n in range(2000):
        await reply.event({"choices": [{"index": 0, "delta": {"content": "more "}}]})
        await asyncio.sleep(0)


async def test_a_shadow_that_goes_beyond_its_reservation_is_cut_and_overspends_nothing(
    both: TwoProviders, budget: Made
) -> None:
    await budget(amount=1)
    both.two.script = endless
    await both.place("two", role="shadow", share=100.0)
    both.one.script = streamed
    assert (await both.ask({**ASK, "stream": True})).status == 200
    await copied(both)
    shadow = (await rows(both))["shadow"]
    assert (shadow.outcome, shadow.error_code) == ("failure", "reservation_exhausted")
    assert (shadow.tokens_out, shadow.usage_source) == (100, "estimated")
    assert 100 * 10_000 < shadow.charged_nano <= shadow.reserved_nano
    assert await spent(both) == 2 * COST + shadow.charged_nano


async def test_a_shadow_that_tells_no_usage_is_charged_no_more_than_was_reserved(
    both: TwoProviders, budget: Made
) -> None:
    await budget(amount=1)
    long = {**ANSWER, "choices": [{"message": {"content": "x" * 10_000}}]}
    both.two.script = lambda _, reply: reply.json({name: long[name] for name in long if name != "usage"})
    await both.place("two", role="shadow", share=100.0)
    assert (await both.ask(ASK)).status == 200
    await copied(both)
    assert both.two.received[0].json()["max_tokens"] == 100, "the provider is told the call's maximum"
    shadow = (await rows(both))["shadow"]
    assert (shadow.tokens_out, shadow.usage_source, shadow.outcome) == (100, "estimated", "success")
    assert shadow.charged_nano <= shadow.reserved_nano


async def test_a_shadow_whose_stream_breaks_off_is_charged_for_what_had_come(both: TwoProviders, budget: Made) -> None:
    async def broken(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        for _n in range(30):
            await reply.event({"choices": [{"index": 0, "delta": {"content": "so "}}]})
        await reply.end_of_body()

    await budget(amount=1)
    both.two.script = broken
    await both.place("two", role="shadow", share=100.0)
    both.one.script = streamed
    assert (await both.ask({**ASK, "stream": True})).status == 200
    await copied(both)
    shadow = (await rows(both))["shadow"]
    assert (shadow.tokens_out, shadow.error_code, shadow.outcome) == (30, "upstream_stream_cut", "failure")


async def test_what_a_dead_process_had_sent_stays_charged_at_what_was_reserved(
    both: TwoProviders, budget: Made
) -> None:
    await budget(amount=1)
    both.two.script = hang
    await both.place("two", role="shadow", share=100.0)
    assert (await both.ask(ASK)).status == 200
    while not both.two.received:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    shadow = (await rows(both))["shadow"]
    assert shadow.charged_nano == shadow.reserved_nano > 1_000_000 and shadow.outcome == "aborted"
    for task in (running := list(both.runtime.shadows)):
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    ended = (await rows(both))["shadow"]
    assert ended.pk == shadow.pk and 0 < ended.charged_nano < shadow.charged_nano
    assert ended.usage_source == "estimated" and ended.error_code == "gateway_stopping"


async def test_copies_without_a_budget_are_in_the_ledger_too(both: TwoProviders) -> None:
    await both.place("two", role="shadow", share=100.0)
    assert (await both.ask(ASK)).status == 200
    await copied(both)
    assert (await rows(both))["shadow"].cost_nano == COST


async def test_copies_of_calls_that_the_audit_policy_leaves_out_are_in_the_ledger_and_name_nobody(
    both: TwoProviders,
) -> None:
    await both.do(lambda: put_policy(str(both.world.organisation.pk), {"level": "none"}))
    await both.place("two", role="shadow", share=100.0)
    assert (await both.ask(ASK)).status == 200
    await copied(both)
    found = await rows(both)
    assert (found["call"].cost_nano, found["shadow"].cost_nano) == (2 * COST, COST)
    for entry in found.values():
        assert (entry.principal, entry.key_id, entry.end_user) == ("",) * 3


async def test_a_client_that_leaves_before_the_answer_is_charged_for_the_prompt(
    both: TwoProviders, budget: Made
) -> None:
    await budget(amount=1)
    both.one.script = hang
    gone = asyncio.Event()
    asking = asyncio.ensure_future(both.ask(ASK, gone=gone))
    while not both.one.received:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    gone.set()
    await asyncio.gather(asking, return_exceptions=True)
    call = (await rows(both))["call"]
    assert (call.outcome, call.usage_source, call.tokens_out) == ("aborted", "estimated", 0)
    assert call.charged_nano == call.tokens_in * 2_000 > 0


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
async def test_an_example_of_the_documentation(two: TwoProviders, budget: Made, row: list[str]) -> None:
    name, dollars, kind, asked, total = row

    async def reports(_: Received, reply: Reply) -> None:
        await asyncio.sleep(0.3)  # as long as what was reserved for the call is held
        await reply.json({**ANSWER, "usage": {"prompt_tokens": 1000, "completion_tokens": 200}})

    def arrange() -> None:
        for deployment in ModelDeployment.objects.all():
            Price.objects.create(deployment=deployment, input=Decimal(1), output=Decimal(10))
        Route.objects.update(hedge_after=0.05 if kind == "hedge" else None)
        if kind == "shadow":
            RouteDeployment.objects.filter(deployment__provider__slug="two").update(role="shadow", share=100.0)

    await two.do(arrange)
    two.one.script = two.two.script = reports
    await budget(name=name, amount=Decimal(dollars))
    ask: dict[str, Any] = {"max_tokens": 1000, "messages": [{"role": "user", "content": "x" * 1000}]}
    assert (await two.ask(ask)).status == 200
    await copied(two)
    assert len(two.one.received) + len(two.two.received) == int(asked)
    assert Decimal(await spent(two)) / 10**9 == Decimal(total)
