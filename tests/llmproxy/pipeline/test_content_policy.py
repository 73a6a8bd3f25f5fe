"""A content filter that takes an answer away, within a success, starts the fallback for it, on every wire."""

import asyncio
from typing import Any, NamedTuple

import orjson
import pytest

from llmproxy.models import ModelDeployment, Provider, Route, RouteDeployment, RouteFallback
from llmproxy.wires import filtered
from tests.asgi_client import Answer
from tests.llmproxy.budgets.conftest import Made, budget
from tests.llmproxy.pipeline.test_copies import both, rows, spent
from tests.llmproxy.pipeline.two_providers import TwoProviders, attempts
from tests.upstream import ANSWER, Received, Reply, Script

__all__ = ["both", "budget"]
HI = [{"role": "user", "content": "hi"}]


class Wire(NamedTuple):
    """How one wire asks, how its filter speaks, and how an answer of it looks; whole and as events."""

    name: str
    path: str
    ask: dict[str, Any]
    filtered: dict[str, Any]
    answer: dict[str, Any]
    filtered_events: list[dict[str, Any]]
    answer_events: list[dict[str, Any]]


def chat(finish: str, text: str | None) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {**ANSWER, "choices": [{"index": 0, "message": message, "finish_reason": finish}]}


def chunk(finish: str | None, **delta: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def message(reason: str, text: str) -> dict[str, Any]:
    return {
        "id": "m", "type": "message", "role": "assistant", "model": "m", "stop_reason": reason, "stop_sequence": None,
        "content": [{"type": "text", "text": text}] if text else [], "usage": {"input_tokens": 7, "output_tokens": 3},
    }  # fmt: skip


def response(text: str) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    output = [{"type": "message", "id": "o", "role": "assistant", "status": "completed", "content": [part]}]
    return {
        "id": "r", "object": "response", "model": "m", "status": "completed" if text else "incomplete",
        "incomplete_details": None if text else {"reason": "content_filter"}, "output": output if text else [],
        "usage": {"input_tokens": 7, "output_tokens": 3},
    }  # fmt: skip


def candidate(finish: str, text: str) -> dict[str, Any]:
    content = {"content": {"role": "model", "parts": [{"text": text}]}} if text else {}
    return {
        "candidates": [{"index": 0, "finishReason": finish, **content}],
        "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 3},
    }  # fmt: skip


STARTED = {"type": "message_start", "message": {**message("", ""), "stop_reason": None}}
STOPPED = [{"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}, {
    "type": "message_stop",
}]  # fmt: skip
REFUSED = [{"type": "message_delta", "delta": {"stop_reason": "refusal"}, "usage": {"output_tokens": 3}}, STOPPED[1]]
BLOCK = [
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hello"}},
    {"type": "content_block_stop", "index": 0},
]
WIRES = [
    Wire(
        "openai_chat", "/v1/chat/completions", {"model": "public", "messages": HI}, chat("content_filter", ""),
        chat("stop", "hello"), [chunk(None, role="assistant", content=""), chunk("content_filter")],
        [chunk(None, content="hello"), chunk("stop")],
    ),
    Wire(
        "anthropic_messages", "/v1/messages", {"model": "public", "max_tokens": 9, "messages": HI},
        message("refusal", ""), message("end_turn", "hello"), [STARTED, *REFUSED], [STARTED, *BLOCK, *STOPPED],
    ),
    Wire(
        "openai_responses", "/v1/responses", {"model": "public", "input": "hi", "store": False}, response(""),
        response("hello"), [{"type": "response.incomplete", "response": response("")}],
        [{"type": "response.output_text.delta", "delta": "hello"},
         {"type": "response.completed", "response": response("hello")}],
    ),
    Wire(
        "gemini", "/v1beta/models/public:generateContent", {"contents": [{"parts": [{"text": "hi"}]}]},
        candidate("SAFETY", ""), candidate("STOP", "hello"), [candidate("SAFETY", "")], [candidate("STOP", "hello")],
    ),
]  # fmt: skip
EACH = pytest.mark.parametrize("wire", WIRES, ids=[wire.name for wire in WIRES])


def whole(body: dict[str, Any]) -> Script:
    async def script(_: Received, reply: Reply) -> None:
        await reply.json(body)

    return script


def streamed(events: list[dict[str, Any]]) -> Script:
    async def script(_: Received, reply: Reply) -> None:
        await reply.start_stream()
        for event in events:
            kind = f"event: {event['type']}\n".encode() if "type" in event else b""
            await reply.chunk(kind + b"data: " + orjson.dumps(event) + b"\n\n")
            await asyncio.sleep(0)
        await reply.chunk(b"")

    return script


async def with_fallback(two: TwoProviders, wire: str, on: str = "content_policy") -> None:
    """`one` alone serves the route, and `two` what it falls back to."""

    def arrange() -> None:
        Provider.objects.update(wire=wire)
        other = Route.objects.create(organisation=two.world.organisation, public_name="reserve")
        RouteDeployment.objects.filter(deployment__provider__slug="two").delete()
        RouteDeployment.objects.create(route=other, deployment=ModelDeployment.objects.get(provider__slug="two"))
        RouteFallback.objects.create(route=Route.objects.get(public_name="public"), target=other, on=on)

    await two.do(arrange)


async def asked(two: TwoProviders, wire: Wire, *, stream: bool = False) -> Answer:
    path, body = wire.path, dict(wire.ask)
    if stream and wire.name == "gemini":
        path = path.replace("generateContent", "streamGenerateContent") + "?alt=sse"
    elif stream:
        body["stream"] = True
    return await two.client.bearing(two.world.key).post(path, body)


@EACH
async def test_a_whole_answer_that_was_filtered_is_replaced(two: TwoProviders, wire: Wire) -> None:
    two.one.script, two.two.script = whole(wire.filtered), whole(wire.answer)
    await with_fallback(two, wire.name)
    answer = await asked(two, wire)
    assert answer.status == 200 and answer.json() == wire.answer
    assert answer.headers["x-gatehouse-deployment"] == "two/model"
    assert attempts((await two.terminal())[0]) == [("one", "content_policy: content filter"), ("two", "answered")]


@EACH
async def test_a_stream_that_was_filtered_before_its_first_content_is_replaced(two: TwoProviders, wire: Wire) -> None:
    two.one.script, two.two.script = streamed(wire.filtered_events), streamed(wire.answer_events)
    await with_fallback(two, wire.name)
    answer = await asked(two, wire, stream=True)
    assert answer.status == 200 and answer.finished and b"hello" in answer.body
    assert b"content_filter" not in answer.body and b"refusal" not in answer.body and b"SAFETY" not in answer.body
    assert answer.headers["x-gatehouse-deployment"] == "two/model"


@EACH
async def test_without_a_fallback_for_it_the_answer_goes_out_as_it_came(
    two: TwoProviders, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtered, "parsed", lambda _: pytest.fail("it was parsed once more"))
    two.one.script = whole(wire.filtered)
    await with_fallback(two, wire.name, on="unavailable")
    answer = await asked(two, wire)
    assert answer.json() == wire.filtered and not two.two.received


@EACH
async def test_a_good_answer_stays_where_it_is(two: TwoProviders, wire: Wire) -> None:
    two.one.script = whole(wire.answer)
    await with_fallback(two, wire.name)
    assert (await asked(two, wire)).json() == wire.answer
    two.one.script = streamed(wire.answer_events)
    answer = await asked(two, wire, stream=True)
    assert b"hello" in answer.body and answer.finished and not two.two.received


async def test_what_was_said_already_is_not_taken_back(two: TwoProviders) -> None:
    two.one.script = streamed([chunk(None, content="so far"), chunk("content_filter")])
    await with_fallback(two, "openai_chat")
    answer = await asked(two, WIRES[0], stream=True)
    assert b"so far" in answer.body and b"content_filter" in answer.body and not two.two.received


async def test_a_translated_answer_that_was_filtered_is_replaced(two: TwoProviders) -> None:
    two.one.script, two.two.script = whole(message("refusal", "")), whole(message("end_turn", "hello"))
    await with_fallback(two, "anthropic_messages")
    answer = await asked(two, WIRES[0])
    assert answer.json()["choices"][0]["message"]["content"] == "hello"
    two.one.script, two.two.script = streamed([STARTED, *REFUSED]), streamed([STARTED, *BLOCK, *STOPPED])
    answer = await asked(two, WIRES[0], stream=True)
    assert b"hello" in answer.body and b"content_filter" not in answer.body and answer.finished


async def test_a_model_that_declines_in_its_own_words_has_answered(two: TwoProviders) -> None:
    said = chat("stop", None)
    said["choices"][0]["message"]["refusal"] = "I would rather not."
    two.one.script = whole(said)
    await with_fallback(two, "openai_chat")
    assert (await asked(two, WIRES[0])).json() == said and not two.two.received


async def test_the_answer_that_was_dropped_is_charged_beside_the_one_that_followed(
    both: TwoProviders, budget: Made
) -> None:
    await budget(amount=1)
    both.one.script = whole(chat("content_filter", ""))
    await with_fallback(both, "openai_chat")
    assert (await both.ask({"max_tokens": 100})).status == 200
    assert await spent(both) == 74_000 + 37_000
    found = await rows(both)
    assert (found["filtered"].provider, found["filtered"].cost_nano, found["call"].cost_nano) == ("one", 74_000, 37_000)


async def test_without_room_for_both_the_filtered_answer_goes_out(both: TwoProviders, budget: Made) -> None:
    await budget(amount="0.0025")
    both.one.script = whole(chat("content_filter", ""))
    await with_fallback(both, "openai_chat")
    answer = await both.ask({"max_tokens": 100})
    assert answer.json()["choices"][0]["finish_reason"] == "content_filter" and not both.two.received
    (aside,) = (await both.terminal())[0]["attrs"]["plan"]["put_aside"]
    assert "filtered, and nobody else was asked: Budget" in aside["why"]
