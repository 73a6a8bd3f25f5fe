"""`Idempotency-Key` at the gateway: once, the same answer afterwards, for its own tenant, within bounds."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps

from audit.ingest.ingestor import Ingestor
from audit.models import AuditEvent
from llmproxy.idempotency import claims
from tests.asgi_client import Answer, AsgiClient
from tests.gateway_world import World
from tests.upstream import ANSWER, Received, Reply, Upstream
from tests.valkey import running_valkey

PATH = "/v1/chat/completions"
ASK: dict[str, Any] = {"model": "public", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def store(settings) -> Iterator[None]:  # type: ignore[no-untyped-def]
    with running_valkey() as url:
        settings.REDIS_URL = url
        yield


async def send(gateway: AsgiClient, credential: str, key: str = "one", body: Any = None, **options: Any) -> Answer:
    headers = [("content-type", "application/json"), ("idempotency-key", key)]
    return await gateway.bearing(credential).post(PATH, body or ASK, headers=headers, **options)


async def stream_hello(_: Received, reply: Reply) -> None:
    await reply.start_stream()
    await reply.event({"choices": [{"delta": {"content": "hello"}}]})
    await reply.end_stream()


async def test_the_same_request_gets_the_same_answer_and_is_made_once(
    store: None, gateway: AsgiClient, world: World, upstream: Upstream, settings
) -> None:  # type: ignore[no-untyped-def]
    first, second = await send(gateway, world.key), await send(gateway, world.key)
    assert (first.status, first.json()) == (second.status, second.json()) == (200, ANSWER)
    assert len(upstream.received) == 1
    assert "idempotency-replayed" not in first.headers and second.headers["idempotency-replayed"] == "true"
    assert await replays(settings) == [second.headers["x-request-id"]]


@sync_to_async
def replays(settings) -> list[str]:  # type: ignore[no-untyped-def]
    apps.get_app_config("audit").close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    return list(AuditEvent.objects.filter(type="proxy.request.replayed").values_list("request_id", flat=True))


async def test_a_stream_is_given_again_as_it_was(
    store: None, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    upstream.script = stream_hello
    body = {**ASK, "stream": True}
    first, second = await send(gateway, world.key, body=body), await send(gateway, world.key, body=body)
    assert first.body == second.body and b"hello" in second.body and len(upstream.received) == 1
    assert second.headers["content-type"].startswith("text/event-stream")


async def test_while_it_runs_another_is_told_to_wait(
    store: None, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    release = asyncio.Event()

    async def held(_: Received, reply: Reply) -> None:
        await release.wait()
        await reply.json(ANSWER)

    upstream.script = held
    running = asyncio.ensure_future(send(gateway, world.key))
    while not upstream.received:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    refused = await send(gateway, world.key)
    assert (refused.status, refused.json()["error"]["code"]) == (409, "idempotency_in_progress")
    assert refused.headers["retry-after"] == "1"
    release.set()
    assert (await running).status == 200
    assert (await send(gateway, world.key)).headers["idempotency-replayed"] == "true"


async def test_a_key_is_for_one_request(store: None, gateway: AsgiClient, world: World, upstream: Upstream) -> None:
    await send(gateway, world.key)
    reused = await send(gateway, world.key, body={**ASK, "temperature": 1})
    assert (reused.status, reused.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert len(upstream.received) == 1


async def test_the_stranger_with_the_same_key_gets_nothing_of_it(
    store: None, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    await send(gateway, world.key)
    stranger = await send(gateway, world.strangers_key)
    assert stranger.status == 404 and "idempotency-replayed" not in stranger.headers


async def test_providers_are_sent_a_key_of_the_callers_own(
    store: None, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    await send(gateway, world.key)
    sent = upstream.received[0].headers["idempotency-key"]
    assert sent != "one" and len(sent) == 64


async def test_what_failed_may_be_sent_again(
    store: None, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    async def refuse(_: Received, reply: Reply) -> None:
        await reply.json({"error": {"message": "no"}}, 400)

    upstream.script = refuse
    assert (await send(gateway, world.key)).status == 400

    async def well(_: Received, reply: Reply) -> None:
        await reply.json(ANSWER)

    upstream.script = well
    again = await send(gateway, world.key)
    assert again.status == 200 and "idempotency-replayed" not in again.headers


async def test_a_stream_that_was_cut_may_be_sent_again(
    store: None, gateway: AsgiClient, world: World, upstream: Upstream
) -> None:
    async def cut(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        await reply.event({"choices": [{"delta": {"content": "hel"}}]})
        reply.writer.close()

    upstream.script = cut
    body = {**ASK, "stream": True}
    await send(gateway, world.key, body=body)
    upstream.script = stream_hello
    assert b"hello" in (await send(gateway, world.key, body=body)).body


async def test_an_answer_too_large_to_be_kept_is_not_made_again_either(
    store: None, gateway: AsgiClient, world: World, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "MOST_BYTES", 10)
    assert (await send(gateway, world.key)).status == 200
    again = await send(gateway, world.key)
    assert (again.status, again.json()["error"]["code"]) == (409, "idempotency_answer_not_kept")
    assert len(upstream.received) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
async def test_a_key_that_is_none_is_refused(store: None, gateway: AsgiClient, world: World, key: str) -> None:
    assert (await send(gateway, world.key, key)).status == 400


async def test_where_the_store_is_away_the_call_is_not_made(
    gateway: AsgiClient, world: World, upstream: Upstream, settings
) -> None:  # type: ignore[no-untyped-def]
    apps.get_app_config("llmproxy").runtime.claims._store._url = "redis://127.0.0.1:1/0"
    answer = await send(gateway, world.key)
    assert (answer.status, answer.json()["error"]["code"]) == (503, "idempotency_unavailable")
    assert not upstream.received


async def test_nobody_is_asked_where_there_is_no_key(
    gateway: AsgiClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(claims.Claims, "take", lambda *_: asked.append("taken"))
    assert (await gateway.bearing(world.key).post(PATH, ASK)).status == 200
    assert asked == []
