"""The end of a call names what it cost and which price that was; an unknown price is said, never 0."""

from decimal import Decimal

from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import connections

from audit.ingest.ingestor import Ingestor
from audit.models import AuditEvent
from llmproxy.models import ModelDeployment, ModelFacts, Price
from tests.asgi_client import AsgiClient
from tests.gateway_world import World

ASK = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}


def priced(**of: object) -> Price:
    return Price.objects.create(input=Decimal("2.5"), output=Decimal("10"), **of)  # type: ignore[misc]


def reload() -> None:
    apps.get_app_config("accounts").watcher.poll()
    connections.close_all()


@sync_to_async
def own_price() -> Price:
    made = priced(deployment=ModelDeployment.objects.get(upstream_model="up-public"))
    reload()
    return made


@sync_to_async
def published_price() -> Price:
    facts = ModelFacts.objects.create(catalogue="openai", model="gpt")
    ModelDeployment.objects.filter(upstream_model="up-public").update(facts=facts)
    made = priced(facts=facts)
    reload()
    return made


@sync_to_async
def terminal(settings) -> AuditEvent:  # type: ignore[no-untyped-def]
    apps.get_app_config("audit").close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    return AuditEvent.objects.get(type="proxy.request.completed")


async def test_a_price_of_ones_own_counts(gateway: AsgiClient, world: World, settings) -> None:  # type: ignore[no-untyped-def]
    price = await own_price()
    await gateway.bearing(world.key).post("/v1/chat/completions", ASK)
    event = await terminal(settings)
    assert event.cost_nano == 7 * 2500 + 3 * 10_000
    assert str(price.pk).encode() in bytes(event.raw)


async def test_a_published_price_counts(gateway: AsgiClient, world: World, settings) -> None:  # type: ignore[no-untyped-def]
    await published_price()
    await gateway.bearing(world.key).post("/v1/chat/completions", ASK)
    assert (await terminal(settings)).cost_nano == 7 * 2500 + 3 * 10_000


async def test_an_unknown_price_is_said(gateway: AsgiClient, world: World, settings) -> None:  # type: ignore[no-untyped-def]
    await gateway.bearing(world.key).post("/v1/chat/completions", ASK)
    event = await terminal(settings)
    assert event.cost_nano is None
    assert b'"price":"unknown"' in bytes(event.raw)


async def test_pricing_asks_the_database_nothing(gateway: AsgiClient, world: World, database_calls: list[str]) -> None:
    await own_price()
    database_calls.clear()
    await gateway.bearing(world.key).post("/v1/chat/completions", ASK)
    assert database_calls == []
