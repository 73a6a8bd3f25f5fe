"""A provider of the client's own wire sends an event that is no JSON: that wire's error event, and a failure on record.

Nothing is translated here: without a look at each event the client would get it as it is.
"""

import asyncio
from types import ModuleType
from typing import Any

import orjson
import pytest

from tests.llmproxy.pairs import anthropic, gemini, openai_chat, openai_responses
from tests.llmproxy.pairs.conftest import Between
from tests.llmproxy.pairs.scenario import Asked, Outcome
from tests.llmproxy.views.recording import recorded
from tests.upstream import Received, Reply, Upstream

WIRES = [
    pytest.param(each, id=each.__name__.rpartition(".")[2])
    for each in (openai_chat, openai_responses, anthropic, gemini)
]
HELLO = Outcome("hello, this is a long answer")
MALFORMED = [
    b'data: {"choices":[{"delta":{"content":"x"}\n\n',
    b"data: <html>Bad gateway</html>\n\n",
    b"event: message\ndata: [1]\r\n\r\n",
    b"data: nul\n\n",
    b'data: {"a": "\xff"}\n\n',
    b"<html><body>\n\n<h1>502 Bad Gateway</h1>\n\n</body></html>\n\n",
]
pytestmark = pytest.mark.parametrize("wire", WIRES)


def cut_into(raw: bytes, size: int) -> list[bytes]:
    return [raw[at : at + size] for at in range(0, len(raw), size)]


@pytest.mark.parametrize("size", [1, 1_000_000])
async def test_in_the_middle(between: Between, upstream: Upstream, settings: Any, wire: ModuleType, size: int) -> None:
    gateway = await between(wire, wire)
    events = wire.stream(HELLO)
    for bad in MALFORMED:
        seen = asyncio.Event()

        async def script(_: Received, reply: Reply, bad: bytes = bad, seen: asyncio.Event = seen) -> None:
            await reply.start_stream()
            await reply.chunk(b"".join(events[:3]))
            await seen.wait()
            for piece in cut_into(bad + b"".join(events[3:]), size):
                await reply.chunk(piece)
            await reply.end_of_body()

        async def on_chunk(_: bytes, seen: asyncio.Event = seen) -> None:
            seen.set()

        upstream.script = script
        body = orjson.dumps(wire.ask(Asked(), True))
        answer = await gateway.call("POST", wire.path(True), body=body, on_chunk=on_chunk)
        assert answer.status == 200 and answer.finished, bad
        assert "JSON" in wire.stream_error(answer.body), bad
        assert answer.body.startswith(b"".join(events[:3])), bad
        assert bad not in answer.body and events[-1] not in answer.body, bad
    kinds = [each.type for each in await recorded(settings)]
    assert kinds == ["proxy.request.started", "proxy.request.failed"] * len(MALFORMED)


async def test_at_the_beginning_it_is_a_refusal(between: Between, upstream: Upstream, wire: ModuleType) -> None:
    gateway = await between(wire, wire)
    for bad in MALFORMED:

        async def script(_: Received, reply: Reply, bad: bytes = bad) -> None:
            await reply.start_stream()
            await reply.chunk(bad + b"".join(wire.stream(HELLO)))
            await reply.end_of_body()

        upstream.script = script
        answer = await gateway.post(wire.path(True), wire.ask(Asked(), True))
        assert answer.status == 502, bad
        assert "JSON" in wire.error(answer.body)[1], bad


async def test_what_ends_in_the_middle_of_an_event_was_cut(
    between: Between, upstream: Upstream, settings: Any, wire: ModuleType
) -> None:
    """Also behind the event that says why the model stopped."""
    gateway = await between(wire, wire)

    async def script(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        await reply.chunk(b"".join(wire.stream(HELLO)) + b'data: {"usage": {"prompt_tok')
        await reply.end_of_body()

    upstream.script = script
    answer = await gateway.post(wire.path(True), wire.ask(Asked(), True))
    assert wire.stream_error(answer.body)
    _, failed = await recorded(settings)
    assert (failed.type, failed.error_code) == ("proxy.request.failed", "upstream_stream_cut")


async def test_what_parsers_get_through_goes_on(between: Between, upstream: Upstream, wire: ModuleType) -> None:
    """Comments, NaN, and halves of surrogate pairs: nobody's SDK stumbles over them."""
    gateway = await between(wire, wire)
    odd = b': still there\n\ndata: {"type":"x","a":NaN,"b":"\\ud83d"}\n\n'
    raw = odd + b"".join(wire.stream(HELLO))

    async def script(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        for piece in cut_into(raw, 7):
            await reply.chunk(piece)
        await reply.end_of_body()

    upstream.script = script
    answer = await gateway.post(wire.path(True), wire.ask(Asked(), True))
    assert (answer.status, answer.body.startswith(odd)) == (200, True)
