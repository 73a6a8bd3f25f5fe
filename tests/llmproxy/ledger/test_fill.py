"""The ledger: one row for each call that ended, with what it cost and to whom; dead processes' leases come back."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.conf import settings as django_settings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from audit.ingest.ingestor import Ingestor
from audit.models import AuditEvent
from llmproxy.actions import fill_ledger, reconcile_leases
from llmproxy.ledger.entries import entry_of
from llmproxy.models import BudgetLease, BudgetPeriod, CostAssignment, CostCentre, LedgerEntry
from tests.asgi_client import AsgiClient
from tests.audit.content.conftest import put_policy
from tests.gateway_world import World
from tests.llmproxy.budgets.conftest import Made, budget, price_of_public, priced, reload
from tests.upstream import Upstream

__all__ = ["budget", "priced"]
PATH = "/v1/chat/completions"
ASK = {"model": "public", "max_tokens": 100, "messages": [{"role": "user", "content": "hi"}], "user": "ann"}
COST = 37_000


def take_in() -> int:
    apps.get_app_config("audit").close()
    Ingestor(django_settings.AUDIT_SPOOL, django_settings.AUDIT_NODE).run()
    return fill_ledger.execute()


async def test_a_call_becomes_one_row_however_often_the_log_is_read(
    priced: AsgiClient, budget: Made, world: World
) -> None:
    await budget(amount=1)
    await priced.call("POST", PATH, body=__import__("orjson").dumps(ASK), headers=[
        ("content-type", "application/json"), ("x-gatehouse-tags", "batch:7, ü, nightly, batch:7"),
    ])  # fmt: skip

    def look() -> LedgerEntry:
        assert take_in() == 1
        assert fill_ledger.execute() == 0
        from llmproxy.models import LedgerCursor

        LedgerCursor.objects.update(next_leaf=0)
        fill_ledger.execute()
        return LedgerEntry.objects.get()

    entry = await sync_to_async(look)()
    assert (entry.cost_nano, entry.charged_nano, entry.tokens_in, entry.tokens_out) == (COST, COST, 7, 3)
    assert entry.organisation_id == world.organisation.pk and entry.team_id == str(world.team.pk)
    assert (entry.end_user, entry.tags, entry.model) == ("ann", ["batch:7", "nightly"], "public")
    assert await sync_to_async(lambda: [row.tag for row in entry.tag_rows.order_by("tag")])() == entry.tags
    assert entry.usage_source == "reported" and entry.price_id and entry.deployment_id
    assert entry.principal.startswith("key:") and entry.writer is not None


async def test_what_is_taken_in_while_rows_are_written_is_not_passed_over(priced: AsgiClient) -> None:
    await priced.post(PATH, ASK)
    alias, meanwhile = django_settings.AUDIT_DB_ALIAS, ["one more call"]

    def another(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if meanwhile and sql.startswith("INSERT") and "llmproxy_ledgerentry" in sql:
            meanwhile.clear()
            events = AuditEvent.objects.using(alias)
            event = events.get(type="proxy.request.completed")
            event.pk, event.leaf_index = uuid.uuid4(), events.latest("leaf_index").leaf_index + 1
            event.save(using=alias, force_insert=True)
        return execute(sql, params, many, context)

    def filled() -> int:
        with connection.execute_wrapper(another):
            take_in()
        fill_ledger.execute()
        return LedgerEntry.objects.count()

    assert await sync_to_async(filled)() == 2 and not meanwhile


async def test_a_call_that_the_audit_policy_leaves_out_is_a_row_that_names_nobody(
    priced: AsgiClient, world: World
) -> None:
    await sync_to_async(put_policy)(str(world.organisation.pk), {"level": "none"})
    await priced.post(PATH, ASK)

    def look() -> LedgerEntry:
        assert take_in() == 1
        return LedgerEntry.objects.get()

    entry = await sync_to_async(look)()
    assert (entry.cost_nano, entry.tokens_in, entry.tokens_out, entry.usage_source) == (COST, 7, 3, "reported")
    assert entry.organisation_id == world.organisation.pk and entry.team_id == str(world.team.pk)
    assert entry.price_id and entry.deployment_id and (entry.model, entry.endpoint) == ("public", "chat/completions")
    assert (entry.principal, entry.principal_name, entry.key_id, entry.end_user, entry.tags) == ("", "", "", "", [])


async def test_an_unknown_price_stays_unknown(gateway: AsgiClient, world: World) -> None:
    await gateway.bearing(world.key).post(PATH, ASK)
    await sync_to_async(take_in)()
    entry = await sync_to_async(LedgerEntry.objects.get)()
    assert entry.cost_nano is None and entry.price_id == "" and entry.charged_nano == 0


async def test_a_refused_call_is_no_row(priced: AsgiClient, budget: Made) -> None:
    await budget(amount=0)
    assert (await priced.post(PATH, ASK)).status == 429
    assert await sync_to_async(take_in)() == 0


async def test_the_cost_centre_of_the_key_goes_before_that_of_its_team(priced: AsgiClient, world: World) -> None:
    def assign(**whom: Any) -> None:
        centre = CostCentre.objects.create(organisation=world.organisation, code=f"cc-{len(whom)}-{next(iter(whom))}")
        CostAssignment.objects.create(cost_centre=centre, **whom)
        reload()

    from accounts.models import ApiKey

    await sync_to_async(assign)(team=world.team)
    await priced.post(PATH, ASK)
    key = await sync_to_async(ApiKey.objects.get)(name="app")
    await sync_to_async(assign)(api_key=key)
    await priced.post(PATH, ASK)
    await sync_to_async(take_in)()
    codes = await sync_to_async(
        lambda: list(LedgerEntry.objects.order_by("at").values_list("cost_centre", flat=True))
    )()
    assert codes == ["cc-1-team", "cc-1-api_key"]


async def test_what_a_dead_process_held_comes_back_but_for_what_it_spent(
    priced: AsgiClient, budget: Made, upstream: Upstream
) -> None:
    await budget(amount=1)
    await priced.post(PATH, ASK)

    def die() -> tuple[int, int]:
        """Nothing more is reported; the spool is closed, as the kernel would; the lease runs out."""
        bank = apps.get_app_config("llmproxy").runtime.admissions[1]._bank
        bank._active.clear()
        bank._timer.cancel()
        take_in()
        assert reconcile_leases.execute() == 0  # the lease may still be used
        BudgetLease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert reconcile_leases.execute() == 1
        return BudgetPeriod.objects.get().spent_nano, BudgetLease.objects.count()

    assert await sync_to_async(die)() == (COST, 0)


def orphaned() -> LedgerEntry:
    """The row of the newest call, as if its process had died."""
    take_in()
    alias = django_settings.AUDIT_DB_ALIAS
    start = AuditEvent.objects.using(alias).get(type="proxy.request.started")
    end = AuditEvent.objects.using(alias).get(type="proxy.request.completed")
    end.pk, end.leaf_index = uuid.uuid4(), end.leaf_index + 100
    end.type, end.outcome = "proxy.request.aborted", "aborted"
    end.cost_nano = end.tokens_in = end.writer = None
    end.attrs = {"started_id": str(start.pk)}
    end.save(using=alias, force_insert=True)
    fill_ledger.execute()
    return LedgerEntry.objects.get(outcome="aborted")


async def test_a_call_that_died_with_its_process_is_charged_what_was_reserved(
    priced: AsgiClient, budget: Made, upstream: Upstream
) -> None:
    await budget(amount=1)
    await priced.post(PATH, ASK)

    entry = await sync_to_async(orphaned)()
    assert entry.usage_source == "estimated"
    assert entry.cost_nano == entry.reserved_nano > COST
    assert entry.writer is not None


@pytest.mark.parametrize("names", [("a small one", "b large one"), ("b small one", "a large one")])
async def test_what_died_is_charged_no_budget_more_than_it_held(
    priced: AsgiClient, budget: Made, names: tuple[str, str]
) -> None:
    """The small one takes a closer look at the input, after which the large one need not hold more either."""
    small, large = names
    await budget(name=small, amount=Decimal("0.002"))
    await budget(name=large, amount=1)
    ask = {**ASK, "messages": [{"role": "user", "content": "word " * 400}]}  # by its length: up to $0.0031
    assert (await priced.post(PATH, ask)).status == 200
    entry = await sync_to_async(orphaned)()
    assert COST < entry.charged_nano == entry.reserved_nano <= 2_000_000


async def test_calls_are_priced_anew_after_a_second_person_approved(gateway: AsgiClient, world: World) -> None:
    await gateway.bearing(world.key).post(PATH, ASK)

    def reprice_all() -> tuple[int | None, int]:
        import pytest

        from llmproxy.actions import reprice
        from llmproxy.actions.increase_budget import NotDecided
        from llmproxy.models import Repricing

        take_in()
        now = timezone.now()
        price_of_public(valid_from=now - timedelta(days=1))
        job = Repricing(
            organisation=world.organisation, since=now - timedelta(hours=1), until=now + timedelta(hours=1),
            reason="the price came late",
        )  # fmt: skip
        reprice.request(job, world.alice)
        assert reprice.execute() == 0
        for who in (world.alice, world.bob, world.charlie):
            with pytest.raises(NotDecided):
                reprice.decide(job.pk, who, approve=True)
        world.bob.is_superuser = True
        reprice.decide(job.pk, world.bob, approve=True)
        assert reprice.execute() == 1
        job.refresh_from_db()
        assert (job.state, job.changed, job.difference_nano) == ("done", 1, COST)
        return LedgerEntry.objects.get().cost_nano, LedgerEntry.objects.aggregate(sum=Sum("charged_nano"))["sum"]

    assert await sync_to_async(reprice_all)() == (COST, 0)


async def test_batches_cost_what_their_discount_says(gateway: AsgiClient, world: World) -> None:
    def half() -> None:
        price_of_public(batch_percent=50)
        reload()

    await sync_to_async(half)()
    await gateway.bearing(world.key).post(PATH, {**ASK, "service_tier": "flex"})
    await sync_to_async(take_in)()
    entry = await sync_to_async(LedgerEntry.objects.get)()
    assert (entry.batch, entry.cost) == (True, Decimal("0.0000185"))


def test_what_the_response_cache_saved_is_kept_beside_a_cost_of_nothing() -> None:
    attrs = {"price": "cached", "saved": {"tokens_in": 7, "tokens_out": 3, "cost_nano": 42}}
    ended = AuditEvent(id=uuid.uuid4(), occurred_at=timezone.now(), cost_nano=0, outcome="success", attrs=attrs)
    found = entry_of(ended, None, {})
    assert (found.cost_nano, found.saved_nano, found.tokens_out) == (0, 42, 0)
