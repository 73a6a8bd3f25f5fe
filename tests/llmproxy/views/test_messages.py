"""POST /v1/messages and count_tokens."""

import asyncio

import orjson
import pytest
from asgiref.sync import sync_to_async
from django.apps import apps

from llmproxy.models import Provider
from tests.asgi_client import AsgiClient
from tests.gateway_world import SECRET, World
from tests.llmproxy.views.recording import recorded
from tests.upstream import Received, Reply, Upstream

PATH = "/v1/messages"
ASK = {"model": "claude", "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}]}
ANSWER = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "text", "text": "hello"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 4, "cache_read_input_tokens": 3, "output_tokens": 2},
}


@pytest.fixture
async def claude(gateway: AsgiClient, world: World, upstream: Upstream) -> AsgiClient:
    """The gateway with a route to a provider that speaks Anthropic's wire."""

    def add() -> None:
        provider = world.add_provider(
            upstream.base_url, "anthropic", wire="anthropic_messages", auth_scheme="header",
            auth_header_name="x-api-key",
        )  # fmt: skip
        world.add_route(provider, "claude", default=False)
        apps.get_app_config("accounts").watcher.poll()

    await sync_to_async(add)()
    upstream.script = lambda _, reply: reply.json(ANSWER)
    return gateway.bearing(world.key)


async def event(reply: Reply, kind: str, **data: object) -> None:
    await reply.chunk(f"event: {kind}\n".encode() + b"data: " + orjson.dumps({"type": kind, **data}) + b"\n\n")


async def stream_hello(_: Received, reply: Reply) -> None:
    await reply.start_stream()
    await event(reply, "message_start", message={"usage": {"input_tokens": 7, "output_tokens": 1}})
    await event(reply, "content_block_delta", index=0, delta={"type": "text_delta", "text": "hello"})
    await event(reply, "message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 2})
    await event(reply, "message_stop")
    reply.writer.write(b"0\r\n\r\n")


async def test_it_passes_the_call_through_with_version_and_beta_unchanged(
    claude: AsgiClient, upstream: Upstream, settings
) -> None:  # type: ignore[no-untyped-def]
    headers = [
        ("content-type", "application/json"),
        ("anthropic-version", "2026-10-21"),
        ("anthropic-beta", "a-2026-01-01,b-2026-02-02"),
    ]
    answer = await claude.call("POST", f"{PATH}?beta=true", body=orjson.dumps(ASK), headers=headers)
    assert (answer.status, answer.json()) == (200, ANSWER)
    assert answer.headers["request-id"] == answer.headers["x-request-id"]
    sent = upstream.received[0]
    assert sent.target == "/v1/messages?beta=true"
    assert sent.json() == {**ASK, "model": "up-claude"}
    assert sent.headers["x-api-key"] == SECRET
    assert sent.headers["anthropic-version"] == "2026-10-21"
    assert sent.headers["anthropic-beta"] == "a-2026-01-01,b-2026-02-02"
    assert "authorization" not in sent.headers
    _, completed = await recorded(settings)
    assert (completed.type, completed.tokens_in, completed.tokens_out) == ("proxy.request.completed", 7, 2)
    assert completed.tokens_cached == 3


async def test_a_client_without_a_version_gets_the_classic_one(claude: AsgiClient, upstream: Upstream) -> None:
    assert (await claude.post(PATH, ASK)).status == 200
    assert upstream.received[0].headers["anthropic-version"] == "2023-06-01"


async def test_the_new_credential_style_is_a_row_as_well(claude: AsgiClient, upstream: Upstream) -> None:
    def change() -> None:
        row = Provider.objects.get(slug="anthropic")
        row.auth_scheme, row.quirks = "bearer", {"extra_headers": {"anthropic-version": "2026-10-21"}}
        row.save()
        apps.get_app_config("accounts").watcher.poll()

    await sync_to_async(change)()
    assert (await claude.post(PATH, ASK)).status == 200
    sent = upstream.received[0].headers
    assert (sent["authorization"], sent["anthropic-version"]) == (f"Bearer {SECRET}", "2026-10-21")


@pytest.mark.parametrize("path", ["/messages", "/anthropic/v1/messages", "/anthropic/messages"])
async def test_other_base_urls_lead_to_the_same(claude: AsgiClient, upstream: Upstream, path: str) -> None:
    assert (await claude.post(path, ASK)).status == 200
    assert upstream.received[0].target == "/v1/messages"


async def test_a_stream_passes_untouched_and_is_settled(claude: AsgiClient, upstream: Upstream, settings) -> None:  # type: ignore[no-untyped-def]
    upstream.script = stream_hello
    answer = await claude.post(PATH, {**ASK, "stream": True})
    assert answer.body.startswith(b"event: message_start\n")
    assert answer.body.endswith(b'event: message_stop\ndata: {"type":"message_stop"}\n\n')
    assert "stream_options" not in upstream.received[0].json()
    _, completed = await recorded(settings)
    assert (completed.type, completed.tokens_in, completed.tokens_out) == ("proxy.request.completed", 7, 2)


async def test_a_stream_that_is_cut_ends_with_the_wires_error_event(
    claude: AsgiClient, upstream: Upstream, settings
) -> None:  # type: ignore[no-untyped-def]
    async def cut(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        await event(reply, "message_start", message={"usage": {"input_tokens": 7, "output_tokens": 1}})
        reply.writer.write(b"0\r\n\r\n")

    upstream.script = cut
    answer = await claude.post(PATH, {**ASK, "stream": True})
    assert b'event: error\ndata: {"type":"error","error":{"type":"api_error"' in answer.body
    _, failed = await recorded(settings)
    assert (failed.type, failed.error_code, failed.tokens_in) == ("proxy.request.failed", "upstream_stream_cut", 7)


async def test_counting_tokens_is_the_providers(claude: AsgiClient, upstream: Upstream) -> None:
    upstream.script = lambda _, reply: reply.json({"input_tokens": 12})
    answer = await claude.post(f"{PATH}/count_tokens", {"model": "claude", "messages": ASK["messages"]})
    assert answer.json() == {"input_tokens": 12}
    assert upstream.received[0].target == "/v1/messages/count_tokens"


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"{", 400, "invalid_request_error"),
        (b'{"model": "claude"}', 400, "invalid_request_error"),
        (b'{"model": "claude", "messages": []}', 400, "invalid_request_error"),
        (b'{"model": "claude", "messages": [1], "stream": 1}', 400, "invalid_request_error"),
        (b'{"model": "nope", "messages": [1]}', 404, "not_found_error"),
    ],
)
async def test_bad_input_is_named_in_the_dialect(
    claude: AsgiClient, upstream: Upstream, body: bytes, status: int, kind: str
) -> None:
    answer = await claude.call("POST", PATH, body=body)
    assert (answer.status, answer.json()["type"], answer.json()["error"]["type"]) == (status, "error", kind)
    assert answer.json()["request_id"] == answer.headers["request-id"]
    assert upstream.received == []


async def test_the_stranger_does_not_see_the_model(gateway: AsgiClient, claude: AsgiClient, world: World) -> None:
    answer = await gateway.bearing(world.strangers_key).post(PATH, ASK)
    assert (answer.status, answer.json()["error"]["type"]) == (404, "not_found_error")
    assert (await gateway.post(PATH, ASK)).json()["error"]["type"] == "authentication_error"
    assert (await gateway.call("DELETE", PATH)).json()["type"] == "error"


async def test_two_different_credentials_are_refused(gateway: AsgiClient, claude: AsgiClient, world: World) -> None:
    headers = [("content-type", "application/json"), ("x-api-key", world.strangers_key)]
    answer = await claude.call("POST", PATH, body=orjson.dumps(ASK), headers=headers)
    assert (answer.status, answer.json()["error"]["type"]) == (400, "invalid_request_error")


async def test_a_call_asks_the_database_nothing(
    claude: AsgiClient, upstream: Upstream, database_calls: list[str]
) -> None:
    assert (await claude.post(PATH, ASK)).status == 200
    upstream.script = stream_hello
    assert (await claude.post(PATH, {**ASK, "stream": True})).status == 200
    assert database_calls == []


async def test_a_client_that_leaves_is_charged_for_what_had_come_not_for_what_was_said_at_the_beginning(
    claude: AsgiClient, upstream: Upstream, settings
) -> None:  # type: ignore[no-untyped-def]
    async def slow(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        await event(reply, "message_start", message={"usage": {"input_tokens": 7, "output_tokens": 1}})
        for _n in range(1000):
            await event(reply, "content_block_delta", index=0, delta={"type": "text_delta", "text": "on "})
            await asyncio.sleep(0.005)

    gone, seen = asyncio.Event(), bytearray()

    async def leave_after_ten(chunk: bytes) -> None:
        seen.extend(chunk)
        if seen.count(b"on ") >= 10:
            gone.set()

    upstream.script = slow
    ask = {**ASK, "max_tokens": 500, "stream": True}
    await asyncio.wait_for(claude.post(PATH, ask, gone=gone, on_chunk=leave_after_ten), 10)
    _, aborted = await recorded(settings)
    assert (aborted.type, aborted.tokens_in) == ("proxy.request.aborted", 7)
    assert 10 <= aborted.tokens_out < 500 and aborted.attrs["usage"] == "estimated"
