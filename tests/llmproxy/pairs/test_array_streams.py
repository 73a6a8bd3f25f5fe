"""A client of Google's that asks for no events gets one JSON array, element by element, over every provider's wire."""

import asyncio
from types import ModuleType
from typing import Any

import orjson
import pytest
from django.apps import apps

from tests.llmproxy.pairs import anthropic, bedrock, gemini, openai_chat, openai_responses
from tests.llmproxy.pairs.conftest import Between
from tests.llmproxy.pairs.scenario import SCENARIOS, Asked, Outcome, sse_events
from tests.llmproxy.pairs.test_pairs import strict
from tests.llmproxy.views.recording import recorded
from tests.upstream import Received, Reply, Upstream

PROVIDERS = [gemini, openai_chat, openai_responses, anthropic, bedrock]
PATH = "/v1beta/models/public:streamGenerateContent"
HELLO = Outcome("hello, this is a long answer")
pytestmark = pytest.mark.parametrize(
    "provider", [pytest.param(each, id=each.__name__.rpartition(".")[2]) for each in PROVIDERS]
)


def as_events(body: bytes) -> bytes:
    """The same as the other form has it, which the pairs' reader takes. A passthrough says the provider's model."""
    elements = [{**each, "modelVersion": "public"} for each in orjson.loads(body)]
    return b"".join(b"data: " + orjson.dumps(each) + b"\n\n" for each in elements)


@pytest.mark.parametrize("size", [1, 37, 1_000_000])
async def test_each_scenario(between: Between, upstream: Upstream, provider: ModuleType, size: int) -> None:
    gateway = await between(gemini, provider)
    for name, scenario in SCENARIOS.items():
        heard: list[Asked] = []
        upstream.script = strict(provider, scenario.outcome, heard, size)  # type: ignore[assignment]
        answer = await gateway.post(PATH, gemini.ask(scenario.asked, True))
        assert (answer.status, answer.headers["content-type"]) == (200, "application/json; charset=UTF-8"), name
        assert gemini.streamed(as_events(answer.body)) == scenario.outcome, name
        assert heard == [scenario.asked], name


@pytest.mark.parametrize("query", ["alt=json", "$alt=json;enum-encoding=int", "%24alt=json%3Benum-encoding%3Dint"])
async def test_asked_for_by_its_names(between: Between, upstream: Upstream, provider: ModuleType, query: str) -> None:
    gateway = await between(gemini, provider)
    upstream.script = strict(provider, HELLO, [], 100)  # type: ignore[assignment]
    answer = await gateway.post(f"{PATH}?{query}", gemini.ask(Asked(), True))
    assert gemini.streamed(as_events(answer.body)) == HELLO


async def test_it_comes_element_by_element(between: Between, upstream: Upstream, provider: ModuleType) -> None:
    """The provider waits until the client has what it sent so far, a sign of life among it."""
    gateway, seen = await between(gemini, provider), asyncio.Event()
    apps.get_app_config("llmproxy").runtime.keep_alive_seconds = 0.05
    events, told = provider.stream(HELLO), list[bytes]()

    async def script(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        await reply.chunk(b"".join(events[:5]))
        await seen.wait()
        for each in events[5:]:
            await reply.chunk(each)
        await reply.end_of_body()

    async def on_chunk(data: bytes) -> None:
        told.append(data)
        if b"hell" in b"".join(told) and told[-1] == b"\r\n":
            seen.set()

    upstream.script = script
    body = orjson.dumps(gemini.ask(Asked(), True))
    answer = await asyncio.wait_for(gateway.call("POST", PATH, body=body, on_chunk=on_chunk), 20)
    assert gemini.streamed(as_events(answer.body)) == HELLO


async def test_a_failure_is_the_last_element_and_on_record(
    between: Between, upstream: Upstream, settings: Any, provider: ModuleType
) -> None:
    gateway = await between(gemini, provider)
    events = provider.stream(HELLO)
    for rest in ([provider.stream_failure("too busy")], []):
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
        body = orjson.dumps(gemini.ask(Asked(), True))
        answer = await gateway.call("POST", PATH, body=body, on_chunk=on_chunk)
        *good, last = orjson.loads(answer.body)
        assert good and all("candidates" in each for each in good)
        assert last["error"]["status"] in ("UNAVAILABLE", "RESOURCE_EXHAUSTED")
        assert gemini.stream_error(b"data: " + orjson.dumps(last) + b"\n\n")
    kinds = [each.type for each in await recorded(settings)]
    assert kinds == ["proxy.request.started", "proxy.request.failed"] * 2


async def test_a_refusal_before_it_begins_is_an_object_with_its_status(
    between: Between, upstream: Upstream, provider: ModuleType
) -> None:
    gateway = await between(gemini, provider)

    async def script(_: Received, reply: Reply) -> None:
        await reply.whole(429, provider.refused("slower"))

    upstream.script = script
    answer = await gateway.post(PATH, gemini.ask(Asked(), True))
    assert (answer.status, gemini.error(answer.body)[0]) == (429, "RESOURCE_EXHAUSTED")


async def test_the_other_form_is_unchanged(between: Between, upstream: Upstream, provider: ModuleType) -> None:
    gateway = await between(gemini, provider)
    upstream.script = strict(provider, HELLO, [], 100)  # type: ignore[assignment]
    answer = await gateway.post(f"{PATH}?alt=sse", gemini.ask(Asked(), True))
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert len(sse_events(answer.body)) > 1
