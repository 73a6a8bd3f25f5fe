"""One scene, all sums of its money: budgets, ledger, statement, usage, the overview, its bars and lists, “My usage”.

Among its calls are a hedge that lost, shadows, an answer that a content filter took away, a client that left, a call
that failed, and copies and calls whose process died.
"""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connections
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from accounts.models import ApiKey
from accounts.own_usage import usage_of
from audit.log import record
from audit.models import AuditEvent
from audit.review import figures
from audit.review.period import Period
from config.dashboard.figures import WINDOWS, gather
from llmproxy.actions import fill_ledger
from llmproxy.ledger.statement import as_csv, statement
from llmproxy.models import BudgetPeriod, LedgerEntry, Route, RouteDeployment, RouteFallback
from tests.llmproxy.budgets.conftest import Made, budget
from tests.llmproxy.pipeline.test_attempts import hang, refusing
from tests.llmproxy.pipeline.test_copies import ASK, both, copied, spent
from tests.llmproxy.pipeline.two_providers import TwoProviders
from tests.upstream import ANSWER, Received, Reply

__all__ = ["both", "budget"]
FILTERED = {**ANSWER, "choices": [{"index": 0, "message": {"content": ""}, "finish_reason": "content_filter"}]}
DIED = 1_234_567  # nano-dollars that were reserved


async def answered(_: Received, reply: Reply) -> None:
    await reply.json(ANSWER)


async def filtered(_: Received, reply: Reply) -> None:
    await reply.json(FILTERED)


async def hedged(two: TwoProviders) -> None:
    two.one.script = hang
    await two.set(Route, hedge_after=0.05)
    assert (await two.ask(ASK)).status == 200
    await spent(two)
    await two.set(Route, hedge_after=None)
    two.one.script = answered


async def left(two: TwoProviders) -> None:
    two.one.script, gone = hang, asyncio.Event()
    before = len(two.one.received)
    asking = asyncio.ensure_future(two.ask(ASK, gone=gone))
    while len(two.one.received) == before:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    gone.set()
    await asyncio.gather(asking, return_exceptions=True)
    two.one.script = answered


async def shadowed(two: TwoProviders) -> None:
    await two.place("two", role="shadow", share=100.0)
    assert (await two.ask(ASK)).status == 200
    await copied(two)
    two.one.script = refusing(500)  # the call fails, its copy does not
    assert (await two.ask(ASK)).status == 502
    await copied(two)
    two.one.script = answered


async def replaced(two: TwoProviders) -> None:
    """A content filter took the first answer away, and another route gave one."""

    def arrange() -> None:
        place = RouteDeployment.objects.select_related("deployment").get(deployment__provider__slug="two")
        other = Route.objects.create(organisation=two.world.organisation, public_name="reserve")
        RouteDeployment.objects.create(route=other, deployment=place.deployment)
        place.delete()
        RouteFallback.objects.create(route=Route.objects.get(public_name="public"), target=other, on="content_policy")

    await two.do(arrange)
    two.one.script = filtered
    assert (await two.ask(ASK)).headers["x-gatehouse-deployment"] == "two/model"


@sync_to_async
def died(two: TwoProviders) -> None:
    """Records of what a process had begun when it died: its spool ends without their ends."""
    key = ApiKey.objects.get(organisation=two.world.organisation)
    about: dict[str, Any] = {
        "organisation_id": str(key.organisation_id), "team_id": str(key.team_id), "key_id": str(key.pk),
        "model_requested": "public", "provider": "two",
    }  # fmt: skip
    for kind in ("request", "hedge", "shadow"):
        record(f"proxy.{kind}.started", request_id=f"died-{kind}", **about, attrs={"reserved": DIED, "charged": True})
    BudgetPeriod.objects.update(spent_nano=BudgetPeriod.objects.get().spent_nano + 3 * DIED)  # as reconciling does
    connections.close_all()


async def test_all_of_them_agree(both: TwoProviders, budget: Made) -> None:
    await sync_to_async(ApiKey.objects.filter(organisation=both.world.organisation).update)(created_by=both.world.alice)
    await budget(amount=1)
    assert (await both.ask(ASK)).status == 200
    for scene in (hedged, left, shadowed, replaced):
        await spent(both)  # nothing is written beside what the scene arranges
        await scene(both)
    await spent(both)
    await died(both)
    for _ in range(2):  # taken in, then buried
        await both.terminal()
    sums = await sync_to_async(said)(both)
    kinds, expected = sums.pop("kinds"), sums["ledger"]
    assert kinds == {"call", "hedge", "shadow", "filtered"} and expected[0] > 3 * DIED
    budgets = sums.pop("budgets")
    assert budgets == expected[0]
    for name, found in sums.items():
        assert found == expected, name


def said(two: TwoProviders) -> dict[str, Any]:
    """What each says: nano-dollars, tokens in and out, calls."""
    fill_ledger.execute()
    alice, organisation = two.world.alice, two.world.organisation
    client = Client()
    client.force_login(alice, "django.contrib.auth.backends.ModelBackend")
    found = {
        "kinds": set(LedgerEntry.objects.values_list("kind", flat=True)),
        "budgets": BudgetPeriod.objects.aggregate(sum=Sum("spent_nano"))["sum"],
        "ledger": _of_ledger(), "statement": _of_statement(organisation), "usage": _of_usage(client),
        "my usage": _of_own(usage_of(alice, 2).total), "my models": _of_own(usage_of(alice, 2).models[0]),
        **_of_overview(alice),
    }  # fmt: skip
    connections.close_all()
    return found


Sums = tuple[int, int, int, int]


def _of_ledger() -> Sums:
    rows = LedgerEntry.objects.aggregate(nano=Sum("cost_nano"), sent=Sum("tokens_in"), got=Sum("tokens_out"))
    return rows["nano"], rows["sent"], rows["got"], LedgerEntry.objects.filter(kind="call").count()


def _of_statement(organisation: Any) -> Sums:
    made = statement(organisation, f"{timezone.now():%Y-%m}")
    nano = int(made.total * 10**9)
    cells = [line.split(",") for line in as_csv(made).decode().split()[-len(made.lines) :]]
    assert sum(Decimal(row[6]) for row in cells) == Decimal(f"{made.total:.6f}")
    lines = made.lines
    return nano, *(sum(getattr(one, name) for one in lines) for name in ("tokens_in", "tokens_out", "calls"))


def _of_usage(client: Client) -> Sums:
    (one,) = client.get("/api/v1/usage").json()["items"]
    return int(Decimal(one["cost"]) * 10**9), one["tokens_in"], one["tokens_out"], one["calls"]


def _of_own(used: Any) -> Sums:
    return used.cost_nano, used.tokens_in, used.tokens_out, used.calls


def _of_overview(user: Any) -> dict[str, Sums]:
    now = datetime.now(UTC)
    user.is_superuser = True  # as one who sees all of the evidence
    period = Period.asked_for({"range": "24h"}, now)
    total, bars = figures.totals(user, period), figures.bars(user, period)
    tokens = [
        int(sum(bar[name] for _, bar in bars.tokens for name in names))
        for names in (("tokens_in", "tokens_cached"), ("tokens_out",))
    ]
    drawn = int(sum(bar for _, bars_ in bars.outcomes for bar in bars_.values()))
    nano = round(sum(bar["cost"] for _, bar in bars.cost) * 1e9)
    models = figures.top(user, period, "model")
    page = gather(AuditEvent.objects.all(), WINDOWS["1h"], now)
    return {
        "overview": (total.cost_nano, total.tokens_in, total.tokens_out, total.calls),
        "bars": (nano, tokens[0], tokens[1], drawn),
        "top models": (
            sum(one.cost_nano for one in models), total.tokens_in, sum(one.tokens for one in models) - total.tokens_in,
            sum(one.calls for one in models),
        ),
        "start page": (total.cost_nano, page.tokens_in, page.tokens_out, page.outcomes.total),
    }  # fmt: skip
