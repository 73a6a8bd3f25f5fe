"""POST /v1/responses."""

import asyncio

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.apps import apps

from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.llmproxy.views.recording import recorded
from tests.upstream import Received, Reply, Upstream

ASK = {"model": "gpt", "input": "hi", "previous_response_id": "resp_0"}
ANSWER = {
    "id": "resp_1",
    "object": "response",
    "status": "completed",
    "usage": {"input_tokens": 7, "output_tokens": 2, "output_tokens_details": {"reasoning_tokens": 1}},
}


@pytest.fixture
async def native(gateway: AsgiClient, world: World, upstream: Upstream) -> AsgiClient:
    """The gateway with a route to a provider that speaks Responses beside chat."""

    def add() -> None:
        provider = world.add_provider(upstream.base_url, "both", more_wires=["openai_responses"])
        world.add_route(provider, "gpt", default=False)
        apps.get_app_config("accounts").watcher.poll()

    await sync_to_async(add)()
    upstream.script = lambda _, reply: reply.json(ANSWER)
    return gateway.bearing(world.key)


async def event(reply: Reply, kind: str, **data: object) -> None:
    await reply.chunk(f"event: {kind}\n".encode() + b"data: " + orjson.dumps({"type": kind, **data}) + b"\n\n")


@pytest.mark.parametrize("path", ["/v1/responses", "/responses", "/openai/v1/responses"])
async def test_a_native_provider_gets_the_call_as_it_is(native: AsgiClient, upstream: Upstream, path: str) -> None:
    answer = await native.post(path, ASK)
    assert (answer.status, answer.json()) == (200, ANSWER)
    assert upstream.received[0].target == "/v1/responses"
    assert upstream.received[0].json() == {**ASK, "model": "up-gpt"}


async def test_a_stream_passes_untouched_and_is_settled(native: AsgiClient, upstream: Upstream, settings) -> None:  # type: ignore[no-untyped-def]
    async def stream(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        await event(reply, "response.created", response={"status": "in_progress"})
        await event(reply, "response.output_text.delta", delta="hello")
        await event(reply, "response.completed", response=ANSWER)
        reply.writer.write(b"0\r\n\r\n")

    upstream.script = stream
    answer = await native.post("/v1/responses", {**ASK, "stream": True})
    assert answer.body.startswith(b"event: response.created\n")
    assert b"event: response.completed\n" in answer.body
    assert "stream_options" not in upstream.received[0].json()
    _, completed = await recorded(settings)
    assert (completed.type, completed.tokens_in, completed.tokens_reasoning) == ("proxy.request.completed", 7, 1)


async def test_a_failed_response_is_an_error_event_and_a_failed_record(
    native: AsgiClient, upstream: Upstream, settings
) -> None:  # type: ignore[no-untyped-def]
    async def stream(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        await event(reply, "response.created", response={"status": "in_progress"})
        await asyncio.sleep(0.05)  # a read of its own
        await event(reply, "response.failed", response={"error": {"message": "key sk-canary-123456"}})

    upstream.script = stream
    answer = await native.post("/v1/responses", {**ASK, "stream": True})
    assert b'event: error\ndata: {"type":"error","code":"upstream_error"' in answer.body
    assert b"canary" not in answer.body
    _, failed = await recorded(settings)
    assert failed.type == "proxy.request.failed"


async def test_a_websocket_client_is_told_to_use_http(native: AsgiClient) -> None:
    answer = await native.get("/v1/responses", headers=[("connection", "upgrade"), ("upgrade", "websocket")])
    assert (answer.status, answer.json()["error"]["code"]) == (426, "websocket_not_supported")


async def test_background_is_refused_by_name(native: AsgiClient, upstream: Upstream) -> None:
    answer = await native.post("/v1/responses", {**ASK, "background": True})
    assert (answer.status, answer.json()["error"]["param"]) == (400, "background")
    assert upstream.received == []


async def test_what_refers_to_a_kept_state_is_refused_where_the_provider_speaks_another_wire(
    native: AsgiClient, world: World, upstream: Upstream
) -> None:
    answer = await native.post("/v1/responses", {**ASK, "model": "public"})
    error = answer.json()["error"]
    assert (answer.status, error["code"], error["param"]) == (400, "unsupported_parameter", "previous_response_id")
    assert "Send the whole conversation" in error["message"]
    assert upstream.received == []


async def test_the_stranger_does_not_see_the_model(gateway: AsgiClient, native: AsgiClient, world: World) -> None:
    assert (await gateway.bearing(world.strangers_key).post("/v1/responses", ASK)).status == 404
