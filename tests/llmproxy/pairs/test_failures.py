"""A provider of another wire that fails: refused, malformed, cut, in the middle. Never a hang, never silence."""

import asyncio
from types import ModuleType
from typing import Any

import orjson
import pytest

from tests.llmproxy.pairs import anthropic, bedrock, gemini, openai_chat, openai_responses
from tests.llmproxy.pairs.conftest import Between
from tests.llmproxy.pairs.scenario import Asked, Outcome
from tests.llmproxy.views.recording import recorded
from tests.upstream import Received, Reply, Upstream

# Each client's side and each provider's side once, and those that matter most.
PAIRS = [
    pytest.param(openai_chat, anthropic, id="chat-anthropic"),
    pytest.param(openai_responses, gemini, id="responses-gemini"),
    pytest.param(anthropic, openai_chat, id="anthropic-chat"),
    pytest.param(anthropic, bedrock, id="anthropic-bedrock"),
    pytest.param(gemini, openai_responses, id="gemini-responses"),
]
pytestmark = pytest.mark.parametrize(("client", "provider"), PAIRS)
HELLO = Outcome("hello, this is a long answer")


def whole(status: int, body: bytes) -> Any:
    async def script(_: Received, reply: Reply) -> None:
        await reply.whole(status, body)

    return script


def streamed(*pieces: bytes) -> Any:
    async def script(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        for piece in pieces:
            await reply.chunk(piece)
        await reply.end_of_body()

    return script


async def test_before_the_answer(
    between: Between, upstream: Upstream, settings: Any, client: ModuleType, provider: ModuleType
) -> None:
    gateway = await between(client, provider)
    cases = [
        (400, provider.refused("temperature is odd"), 400, "temperature is odd"),
        (401, provider.refused("who are you"), 502, "credential"),
        (429, provider.refused("slower"), 429, "limits"),
        (500, b"<html>", 502, ""),
        (503, provider.refused("down"), 503, ""),
        (200, b"{", 502, "JSON"),
        (200, b"[]", 502, "object"),
        (200, b"{}", 502, "answer"),
    ]
    for status, body, expected, words in cases:
        upstream.script = whole(status, body)
        for stream in (False, True) if status != 200 else (False,):
            answer = await gateway.post(client.path(stream), client.ask(Asked(), stream))
            assert answer.status == expected, (status, body, answer.body)
            assert words in client.error(answer.body)[1], body
            assert {"request-id", "x-request-id"} <= answer.headers.keys()
    outcomes = {each.type for each in await recorded(settings)}
    assert outcomes == {"proxy.request.started", "proxy.request.failed"}


async def test_within_the_stream(
    between: Between, upstream: Upstream, settings: Any, client: ModuleType, provider: ModuleType
) -> None:
    gateway = await between(client, provider)
    events = provider.stream(HELLO)
    cases = [
        [provider.stream_failure("too busy sk-abcdefgh123")],
        [],  # ends without saying so
        [b"data: {\n\n" if provider is not bedrock else b"\x00\x00\x00\x10garbage-garbage!"],
        [events[-1][: len(events[-1]) // 2]],
    ]
    for number, rest in enumerate(cases):
        seen = asyncio.Event()

        async def script(_: Received, reply: Reply, rest: list[bytes] = rest, seen: asyncio.Event = seen) -> None:
            await reply.start_stream()
            await reply.chunk(b"".join(events[:5]))
            await seen.wait()
            for piece in rest:
                await reply.chunk(piece)
            await reply.end_of_body()

        async def on_chunk(_: bytes, seen: asyncio.Event = seen) -> None:
            seen.set()

        upstream.script = script
        body = orjson.dumps(client.ask(Asked(), True))
        answer = await gateway.call("POST", client.path(True), body=body, on_chunk=on_chunk)
        assert answer.status == 200 and answer.finished, number
        assert client.stream_error(answer.body), number
        assert b"sk-abcdefgh123" not in answer.body
        assert b"message_stop" not in answer.body and b'"finishReason"' not in answer.body
    events_on_record = await recorded(settings)
    assert [each.type for each in events_on_record] == ["proxy.request.started", "proxy.request.failed"] * len(cases)


async def test_a_failure_as_the_first_event_is_a_refusal_with_its_status(
    between: Between, upstream: Upstream, client: ModuleType, provider: ModuleType
) -> None:
    gateway = await between(client, provider)
    upstream.script = streamed(provider.stream_failure("too busy"))
    answer = await gateway.post(client.path(True), client.ask(Asked(), True))
    assert answer.status in (502, 503)
    assert client.error(answer.body)[1]


async def test_a_parameter_without_a_counterpart_is_refused_by_name(
    between: Between, upstream: Upstream, client: ModuleType, provider: ModuleType
) -> None:
    gateway = await between(client, provider)
    unknown = {"unheard_of": 1}
    answer = await gateway.post(client.path(False), {**client.ask(Asked(), False), **unknown})
    assert (answer.status, answer.headers["x-should-retry"]) == (400, "false")
    assert "unheard" in client.error(answer.body)[1]
    assert upstream.received == []
