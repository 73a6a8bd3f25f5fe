"""The response cache as callers meet it: off by default, exact, never across tenants, and it says what it did."""

import asyncio
from collections.abc import Iterator

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.core.exceptions import ValidationError
from pytest_django import Settings

from accounts.actions import create_api_key
from audit.ingest.ingestor import Ingestor
from audit.models import AuditEvent
from llmproxy.actions import empty_response_cache
from llmproxy.apps import LlmproxyConfig
from llmproxy.models import ResponseCache, Route
from tests.asgi_client import Answer, AsgiClient
from tests.gateway_world import World
from tests.llmproxy.pairs import openai_chat
from tests.llmproxy.pairs.scenario import Outcome
from tests.upstream import ANSWER, Received, Reply, Upstream
from tests.valkey import running_valkey

PATH = "/v1/chat/completions"
ASK = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}
STREAM = {**ASK, "stream": True}


@pytest.fixture
def valkey(settings: Settings) -> Iterator[str]:
    with running_valkey() as url:
        settings.REDIS_URL = url
        yield url


async def rule(world: World, **values: object) -> ResponseCache:
    row = await sync_to_async(ResponseCache.objects.create)(
        **{"organisation": world.organisation, "shared_within": "organisation", **values}
    )
    await reloaded()
    return row


async def reloaded() -> None:
    await sync_to_async(LlmproxyConfig.current().catalog.load)()


async def asked(client: AsgiClient, body: object = ASK, **headers: str) -> Answer:
    answer = await client.call(
        "POST", PATH, body=orjson.dumps(body), headers=[("content-type", "application/json"), *headers.items()]
    )
    await asyncio.gather(*LlmproxyConfig.current().runtime.background)
    return answer


@sync_to_async
def completed(settings: Settings) -> list[AuditEvent]:
    apps.get_app_config("audit").close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    return list(AuditEvent.objects.filter(type="proxy.request.completed").order_by("leaf_index"))


async def test_without_a_rule_nothing_is_kept(
    valkey: str, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    client = gateway.bearing(world.key)
    first, second = await asked(client), await asked(client)
    assert len(upstream.received) == 2
    assert "x-gatehouse-cache" not in first.headers and "x-gatehouse-cache" not in second.headers


async def test_the_same_question_is_answered_again_without_the_provider(
    valkey: str, gateway: AsgiClient, world: World, upstream: Upstream, settings: Settings
) -> None:
    await rule(world)
    client = gateway.bearing(world.key)
    first, second = await asked(client), await asked(client)
    assert (first.headers["x-gatehouse-cache"], second.headers["x-gatehouse-cache"]) == ("miss", "hit")
    assert first.json() == second.json() == ANSWER
    assert int(second.headers["age"]) < 5
    assert len(upstream.received) == 1
    miss, hit = await completed(settings)
    assert (miss.cache_status, miss.tokens_out) == ("miss", 3)
    assert (hit.cache_status, hit.tokens_out, hit.cost_nano) == ("hit", None, 0)
    assert hit.attrs["saved"] == {"tokens_in": 7, "tokens_out": 3}


async def test_another_question_another_model_or_another_route_is_not(
    valkey: str, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    await rule(world)
    client = gateway.bearing(world.key)
    await asked(client)
    await asked(client, {**ASK, "temperature": 0})
    await asked(client, {**ASK, "messages": [{"role": "user", "content": "hi "}]})
    assert len(upstream.received) == 3


async def test_a_stream_is_replayed_event_for_event(
    valkey: str, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    async def hello(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        for text in ("Hel", "lo"):
            await reply.event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})
        await reply.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        await reply.end_stream()

    await rule(world)
    upstream.script = hello
    client = gateway.bearing(world.key)
    first, second = await asked(client, STREAM), await asked(client, STREAM)
    assert first.body == second.body and second.body.endswith(b"data: [DONE]\n\n")
    assert second.headers["content-type"].startswith("text/event-stream")
    assert second.headers["x-gatehouse-cache"] == "hit"
    assert len(upstream.received) == 1


async def test_a_stream_that_was_cut_and_a_failure_are_not_kept(
    valkey: str, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    async def cut(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        await reply.event({"choices": [{"index": 0, "delta": {"content": "Hel"}, "finish_reason": None}]})
        reply.writer.write(b"0\r\n\r\n")

    async def failing(_: Received, reply: Reply) -> None:
        await reply.json({"error": {"message": "no"}}, 500)

    await rule(world)
    client = gateway.bearing(world.key)
    upstream.script = cut
    await asked(client, STREAM)
    upstream.script = failing
    await asked(client)
    before = len(upstream.received)
    await asked(client, STREAM)
    await asked(client)
    assert len(upstream.received) == before + 2


async def test_a_stranger_never_gets_anothers_answer(
    valkey: str, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    await sync_to_async(Route.objects.update)(organisation=None)
    await rule(world)
    await rule(world, organisation=world.elsewhere)
    await asked(gateway.bearing(world.key))
    strangers = await asked(gateway.bearing(world.strangers_key))
    assert strangers.headers["x-gatehouse-cache"] == "miss"
    assert len(upstream.received) == 2


@pytest.mark.parametrize(("within", "status"), [("organisation", "hit"), ("team", "hit"), ("principal", "miss")])
async def test_a_rule_says_whose_answers_are_shared(
    valkey: str, gateway: AsgiClient, world: World, within: str, status: str
) -> None:
    await rule(world, shared_within=within)
    made = await sync_to_async(create_api_key.execute)(world.organisation, "second", team=world.team)
    await sync_to_async(apps.get_app_config("accounts").identity.load)()
    await asked(gateway.bearing(world.key))
    second = await asked(gateway.bearing(made.plain))
    assert second.headers["x-gatehouse-cache"] == status


async def test_a_client_may_ask_for_a_new_answer_or_for_none_to_be_kept(
    valkey: str, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    await rule(world)
    client = gateway.bearing(world.key)
    unkept = await asked(client, **{"cache-control": "no-store"})
    await asked(client)
    renewed = await asked(client, **{"cache-control": "no-cache"})
    assert "x-gatehouse-cache" not in unkept.headers
    assert renewed.headers["x-gatehouse-cache"] == "refreshed"
    assert len(upstream.received) == 3


async def test_emptying_is_in_force_with_the_next_look_at_the_configuration(
    valkey: str, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    row = await rule(world)
    client = gateway.bearing(world.key)
    await asked(client)
    await sync_to_async(empty_response_cache.execute)(row)
    await reloaded()
    assert (await asked(client)).headers["x-gatehouse-cache"] == "miss"


async def test_a_longer_answer_than_the_rule_allows_is_not_kept(
    valkey: str, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    await rule(world, largest_bytes=10)
    client = gateway.bearing(world.key)
    await asked(client)
    assert (await asked(client)).headers["x-gatehouse-cache"] == "miss"


async def test_without_the_store_the_provider_is_asked(
    gateway: AsgiClient, world: World, upstream: Upstream, settings: Settings
) -> None:
    settings.REDIS_URL = "unix:///nowhere/valkey.sock"
    await rule(world)
    answer = await asked(gateway.bearing(world.key))
    assert (answer.status, answer.headers["x-gatehouse-cache"]) == (200, "unavailable")


async def test_what_the_provider_would_store_is_not_kept(
    valkey: str, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    await rule(world)
    answer = await asked(gateway.bearing(world.key), {**ASK, "store": True})
    assert "x-gatehouse-cache" not in answer.headers


def test_a_rule_for_anothers_route_is_refused(world: World, db: None) -> None:
    route = Route.objects.create(organisation=world.elsewhere, public_name="theirs")
    with pytest.raises(ValidationError, match="another organisation"):
        ResponseCache(organisation=world.organisation, route=route).full_clean()
    with pytest.raises(ValidationError, match="larger than all"):
        ResponseCache(organisation=world.organisation, largest_bytes=4096, total_bytes=2048).full_clean()


async def test_a_stream_as_an_array_is_replayed_as_an_array(
    valkey: str, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    async def hello(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        await reply.chunk(b"".join(openai_chat.stream(Outcome("hello, you"))))
        await reply.end_of_body()

    await rule(world)
    upstream.script = hello
    client, path = gateway.bearing(world.key), "/v1beta/models/public:streamGenerateContent"
    answers = []
    for _ in range(2):
        answers.append(await client.post(path, {"contents": [{"parts": [{"text": "hi"}]}]}))
        await asyncio.gather(*LlmproxyConfig.current().runtime.background)
    assert [each.headers["x-gatehouse-cache"] for each in answers] == ["miss", "hit"]
    assert answers[0].json() == answers[1].json() and len(answers[0].json()) > 1
    assert answers[1].headers["content-type"].startswith("application/json")
    assert len(upstream.received) == 1
