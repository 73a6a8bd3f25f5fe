"""A token may name a smaller budget, and is good for nothing beyond it (SECURITY 5.3 `bud`)."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Organisation
from llmproxy.actions import reconcile_leases
from llmproxy.models import Budget, BudgetLease, BudgetPeriod, LedgerEntry
from tests.accounts.oauth.test_exchange import exchange, exchanged
from tests.accounts.views.test_token import claims_of
from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.llmproxy.budgets.conftest import Made, reload
from tests.llmproxy.budgets.test_admission import ASK, COST, PATH, ROOM, settled

ask_exchange, exchanged_for = sync_to_async(exchange), sync_to_async(exchanged)


def bearing(client: AsgiClient, credential: str) -> AsgiClient:
    """The same application with this credential, and no other."""
    return AsgiClient(client.application).bearing(credential)


@sync_to_async
def spent() -> dict[str, int]:
    """By the budget's name."""
    return {row.budget.name: row.spent_nano for row in BudgetPeriod.objects.select_related("budget")}


async def test_a_tokens_calls_have_to_fit_into_the_budget_that_it_names(
    priced: AsgiClient, budget: Made, world: World
) -> None:
    await budget(name="all", amount=10)
    await budget(name="job", amount=ROOM, window="lifetime", named_only=True)
    job = bearing(priced, await exchanged_for(world.key, budget="job"))
    answers = [await job.post(PATH, ASK) for _ in range(4)]
    assert [answer.status for answer in answers][0] == 200
    last = answers[-1].json()["error"]
    assert (answers[-1].status, last["code"]) == (429, "budget_exceeded")
    assert "Budget “job”" in last["message"] and "tokens that name it" in last["message"]
    passed = [answer.status for answer in answers].count(200)
    assert (await bearing(priced, world.key).post(PATH, ASK)).status == 200
    await settled()
    assert await spent() == {"all": (passed + 1) * COST, "job": passed * COST}


async def test_all_other_budgets_hold_too(priced: AsgiClient, budget: Made, world: World) -> None:
    await budget(name="all", amount=0)
    await budget(name="job", amount=1, named_only=True)
    answer = await bearing(priced, await exchanged_for(world.key, budget="job")).post(PATH, ASK)
    assert (answer.status, "Budget “all”" in answer.json()["error"]["message"]) == (429, True)


async def test_it_costs_no_query(priced: AsgiClient, budget: Made, world: World, database_calls: list[str]) -> None:
    await budget(name="job", amount=1000, named_only=True)
    job = bearing(priced, await exchanged_for(world.key, budget="job"))
    for _ in range(3):
        await job.post(PATH, ASK)
        await asyncio.sleep(0.1)
    database_calls.clear()
    assert (await job.post(PATH, ASK)).status == 200
    assert database_calls == []


@pytest.mark.parametrize("how", ["deleted", "off"])
async def test_without_its_budget_a_token_is_good_for_nothing(
    priced: AsgiClient, budget: Made, world: World, how: str
) -> None:
    made: Budget = await budget(name="job", amount=1, named_only=True)
    token = await exchanged_for(world.key, budget="job")
    assert (await bearing(priced, token).post(PATH, ASK)).status == 200

    def end() -> None:
        if how == "deleted":
            made.delete()
        else:
            made.enabled = False
            made.save()
        reload()

    await settled()
    await sync_to_async(end)()
    answer = await bearing(priced, token).post(PATH, ASK)
    assert (answer.status, answer.json()["error"]["code"]) == (403, "budget_gone")
    assert (await ask_exchange(token)).json()["error"] == "invalid_target"


async def test_deleted_a_moment_ago_it_lets_nothing_pass(priced: AsgiClient, budget: Made, world: World) -> None:
    made: Budget = await budget(name="job", amount=1, named_only=True)
    token = await exchanged_for(world.key, budget="job")
    await sync_to_async(made.delete)()  # the process has not heard of it yet
    assert (await bearing(priced, token).post(PATH, ASK)).status == 429


async def test_once_named_it_stays(priced: AsgiClient, budget: Made, world: World) -> None:
    made: Budget = await budget(name="job", amount=1, named_only=True)
    await budget(name="larger", amount=1000, named_only=True)
    first = await exchanged_for(world.key, budget=str(made.pk))
    assert (await sync_to_async(claims_of)(first))["bud"] == str(made.pk)
    assert (await ask_exchange(first, budget="larger")).json()["error"] == "invalid_target"
    for more in ({}, {"budget": ""}, {"budget": "job"}, {"scope": "models:invoke"}):
        again = await exchanged_for(first, **more)
        assert (await sync_to_async(claims_of)(again))["bud"] == str(made.pk)


async def test_what_cannot_be_named_is_refused(priced: AsgiClient, budget: Made, world: World) -> None:
    ordinary: Budget = await budget(name="ordinary", amount=1)
    await budget(name="off", amount=1, named_only=True, enabled=False)
    theirs = await budget(name="theirs", amount=1, named_only=True, organisation=world.elsewhere)
    for name in ("ordinary", str(ordinary.pk), "off", "theirs", str(theirs.pk), "unknown", str(uuid.uuid4()), "' or 1"):
        answer = await ask_exchange(world.key, budget=name)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_target")
    for name in ("x" * 101, "a\0b"):
        assert (await ask_exchange(world.key, budget=name)).json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    "odd",
    [{"organisation": None}, {"model": "public"}, {"end_user": "ann"}, {"per": ["end_user"]}, {"per": ["budget"]}],
)
async def test_it_is_about_all_calls_of_the_tokens_that_name_it(priced: AsgiClient, budget: Made, odd: Any) -> None:
    with pytest.raises(ValidationError):
        await budget(name="job", amount=1, named_only=True, **odd)


async def test_each_person_or_program_may_be_counted_by_itself(priced: AsgiClient, budget: Made, world: World) -> None:
    await budget(name="job", amount=1, named_only=True, per=["principal"])
    assert (await bearing(priced, await exchanged_for(world.key, budget="job")).post(PATH, ASK)).status == 200
    await settled()
    assert await sync_to_async(lambda: BudgetPeriod.objects.get().subject.startswith("principal=key:"))()


async def test_the_record_of_the_call_names_it(priced: AsgiClient, budget: Made, world: World) -> None:
    made: Budget = await budget(name="job", amount=1, named_only=True)
    await bearing(priced, await exchanged_for(world.key, budget="job")).post(PATH, ASK)
    written = b"".join(path.read_bytes() for path in settings.AUDIT_SPOOL.rglob("*") if path.is_file())
    assert written.count(f'"budget":"{made.pk}"'.encode()) >= 3  # the token's, the start, the end


@pytest.mark.django_db
def test_what_a_dead_process_spent_of_it_is_found_in_the_ledger() -> None:
    organisation = Organisation.objects.create(name="Alpha", slug="alpha")
    job = Budget.objects.create(organisation=organisation, name="job", amount=Decimal(1), named_only=True)
    writer, now = uuid.uuid4(), timezone.now()
    for budget_id, nano in ((str(job.pk), 300), (str(job.pk), 40), ("", 5000), (str(uuid.uuid4()), 70000)):
        LedgerEntry.objects.create(
            id=uuid.uuid4(), at=now, ended_at=now, organisation=organisation, budget_id=budget_id, outcome="success",
            charged_nano=nano, writer=writer,
        )  # fmt: skip
    bucket = int(datetime(now.year, now.month, 1, tzinfo=UTC).timestamp())
    period = BudgetPeriod.objects.create(budget=job, bucket=bucket)
    lease = BudgetLease.objects.create(
        period=period, worker=uuid.uuid4(), writer=writer, amount_nano=1000, reported_nano=100,
        expires_at=now - timedelta(seconds=1),
    )  # fmt: skip
    assert reconcile_leases.reconcile(lease.pk)
    period.refresh_from_db()
    assert period.spent_nano == 240
