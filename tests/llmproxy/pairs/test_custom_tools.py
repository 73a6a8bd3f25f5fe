"""Tools that take free text, as OpenAI's clients have them, on models of providers that have only functions."""

from types import ModuleType
from typing import Any

import orjson
import pytest

from tests.llmproxy.pairs import anthropic, bedrock, gemini, openai_chat, openai_responses
from tests.llmproxy.pairs.conftest import Between
from tests.llmproxy.pairs.scenario import Asked, CallTold, Outcome, sse_events
from tests.llmproxy.pairs.test_pairs import strict
from tests.llmproxy.pairs.test_rows import change
from tests.llmproxy.views.recording import recorded
from tests.upstream import Upstream

PATCH = '*** Begin Patch\n*** Add File: "a".txt\n+Grüße \\ 世界\n*** End Patch\n'
CALL, NATIVE = CallTold("apply_patch", {"input": PATCH}), CallTold("apply_patch", PATCH)
PROVIDERS = [anthropic, gemini, bedrock, openai_chat, openai_responses]
GRAMMAR = {"syntax": "lark", "definition": 'start: "patch"'}


class Chat:
    """A client of chat completions."""

    wire, left_out = openai_chat, "tools.custom.format"
    tool = {"type": "custom", "custom": {"name": "apply_patch", "description": "Edit.",
            "format": {"type": "grammar", "grammar": GRAMMAR}}}  # fmt: skip
    choice = {"type": "custom", "custom": {"name": "apply_patch"}}

    @staticmethod
    def body(more: list[dict[str, Any]], stream: bool) -> dict[str, Any]:
        messages = [{"role": "user", "content": "hi"}, *more]
        return {"model": "public", "messages": messages, "tools": [Chat.tool], "max_tokens": 50, "stream": stream}

    @staticmethod
    def called(raw: bytes, stream: bool) -> tuple[str, str, str]:
        """Id, name and text of the call."""
        if not stream:
            (call,) = orjson.loads(raw)["choices"][0]["message"]["tool_calls"]
        else:
            pieces = Chat.pieces(raw)
            assert all(each["index"] == 0 and "function" not in each for each in pieces)
            call = {
                **pieces[0],
                "custom": {**pieces[0]["custom"], "input": "".join(e["custom"]["input"] for e in pieces)},
            }
        assert call["type"] == "custom"
        return call["id"], call["custom"]["name"], call["custom"]["input"]

    @staticmethod
    def pieces(raw: bytes) -> list[dict[str, Any]]:
        """What was told of calls."""
        chunks = [orjson.loads(data) for _, data in sse_events(raw) if data != "[DONE]"]
        deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
        return [each for delta in deltas for each in delta.get("tool_calls", ())]

    @staticmethod
    def next_turn(call: tuple[str, str, str], result: str) -> list[dict[str, Any]]:
        told = {"id": call[0], "type": "custom", "custom": {"name": call[1], "input": call[2]}}
        return [
            {"role": "assistant", "tool_calls": [told]},
            {"role": "tool", "tool_call_id": call[0], "content": result},
        ]


class Responses:
    """A client of Responses, such as Codex."""

    wire, left_out = openai_responses, "tools.format"
    tool = {"type": "custom", "name": "apply_patch", "description": "Edit.", "format": {"type": "grammar", **GRAMMAR}}
    choice = {"type": "custom", "name": "apply_patch"}

    @staticmethod
    def body(more: list[dict[str, Any]], stream: bool) -> dict[str, Any]:
        asked = [{"role": "user", "content": "hi"}, *more]
        body = {"model": "public", "input": asked, "tools": [Responses.tool], "store": False, "stream": stream}
        return {**body, "max_output_tokens": 50}

    @staticmethod
    def called(raw: bytes, stream: bool) -> tuple[str, str, str]:
        events = [orjson.loads(data) for _, data in sse_events(raw)] if stream else []
        (item,) = (events[-1]["response"] if stream else orjson.loads(raw))["output"]
        assert item["type"] == "custom_tool_call" and item["id"].startswith("ctc_")
        if stream:
            *told, done = [each for each in events if "custom_tool_call_input" in each["type"]]
            assert {each["type"] for each in told} == {"response.custom_tool_call_input.delta"}
            assert done["type"] == "response.custom_tool_call_input.done" and done["input"] == item["input"]
            assert "".join(each["delta"] for each in told) == item["input"]
            added = next(each["item"] for each in events if each["type"] == "response.output_item.added")
            assert (added["input"], added["name"]) == ("", "apply_patch")
            assert [each["sequence_number"] for each in events] == list(range(len(events)))
        return item["call_id"], item["name"], item["input"]

    @staticmethod
    def pieces(raw: bytes) -> list[dict[str, Any]]:
        """What was told of calls."""
        events = [orjson.loads(data) for _, data in sse_events(raw)]
        return [each for each in events if each["type"] == "response.custom_tool_call_input.delta"]

    @staticmethod
    def next_turn(call: tuple[str, str, str], result: str) -> list[dict[str, Any]]:
        return [
            {"type": "custom_tool_call", "call_id": call[0], "name": call[1], "input": call[2]},
            {"type": "custom_tool_call_output", "call_id": call[0], "output": result},
        ]


PAIRS = [
    pytest.param(client, provider, id=f"{client.__name__}-{provider.__name__.rpartition('.')[2]}")
    for client in (Chat, Responses)
    for provider in PROVIDERS
    if client.wire is not provider
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("client", "provider"), PAIRS)
async def test_it_is_called_with_free_text_and_its_result_goes_back(
    between: Between, upstream: Upstream, settings: Any, client: Any, provider: ModuleType, stream: bool
) -> None:
    gateway = await between(client.wire, provider)
    await change(quirks={"custom_tools": False})
    heard: list[Asked] = []
    upstream.script = strict(provider, Outcome("", (CALL,), "tools"), heard, 23)  # type: ignore[assignment]
    first = await gateway.post(client.wire.path(stream), client.body([], stream))
    assert first.status == 200, first.body
    call = client.called(first.body, stream)
    assert call[1:] == ("apply_patch", PATCH)
    if stream and provider is not gemini:  # which tells calls whole
        assert len(client.pieces(first.body)) > 10
    assert heard[0].tools == ("apply_patch",)
    assert b"has to follow this grammar (lark)" in upstream.received[0].body
    upstream.script = strict(provider, Outcome("done"), heard, 23)  # type: ignore[assignment]
    second = await gateway.post(client.wire.path(stream), client.body(client.next_turn(call, "patched"), stream))
    assert second.status == 200, second.body
    assert (heard[1].called, heard[1].result) == (CALL, "patched")
    started = (await recorded(settings))[0]
    assert client.left_out in started.attrs["dropped"]


@pytest.mark.parametrize("client", [Chat, Responses])
async def test_it_can_be_demanded_and_a_function_beside_it_stays_one(
    between: Between, upstream: Upstream, client: Any
) -> None:
    gateway = await between(client.wire, anthropic)
    both = Outcome("", (CallTold("weather", {"city": "Köln"}),), "tools")
    upstream.script = strict(anthropic, both, [], 99)  # type: ignore[assignment]
    function = client.wire.ask(Asked(tools=("weather",)), False)["tools"][0]
    body = {**client.body([], False), "tools": [client.tool, function], "tool_choice": client.choice}
    answer = await gateway.post(client.wire.path(False), body)
    assert client.wire.whole(answer.body) == both
    assert upstream.received[0].json()["tool_choice"]["name"] == "apply_patch"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("client", "provider", "row", "tools"),
    [
        (Chat, openai_responses, {}, ([Responses.tool], Responses.choice)),
        (Responses, openai_chat, {"custom_tools": True}, ([Chat.tool], Chat.choice)),
    ],
)
async def test_openais_own_wires_tell_each_other_of_them_as_they_are(
    between: Between, upstream: Upstream, settings: Any, client: Any, provider: ModuleType, row: dict[str, Any],
    tools: tuple[object, object], stream: bool,
) -> None:  # fmt: skip
    gateway = await between(client.wire, provider)
    await change(quirks=row)
    heard: list[Asked] = []
    upstream.script = strict(provider, Outcome("", (NATIVE,), "tools"), heard, 23)  # type: ignore[assignment]
    first = await gateway.post(client.wire.path(stream), {**client.body([], stream), "tool_choice": client.choice})
    assert first.status == 200, first.body
    call = client.called(first.body, stream)
    assert call[1:] == ("apply_patch", PATCH)
    if stream:
        assert len(client.pieces(first.body)) > 10
    asked = upstream.received[0].json()
    assert (asked["tools"], asked["tool_choice"]) == tools
    upstream.script = strict(provider, Outcome("done"), heard, 23)  # type: ignore[assignment]
    second = await gateway.post(client.wire.path(stream), client.body(client.next_turn(call, "patched"), stream))
    assert second.status == 200, second.body
    assert (heard[1].called, heard[1].result) == (NATIVE, "patched")
    started = (await recorded(settings))[0]
    assert client.left_out not in started.attrs.get("dropped", ())


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("client", [anthropic, gemini])
async def test_a_client_that_has_no_such_tools_is_not_told_arguments_that_are_none(
    between: Between, upstream: Upstream, client: ModuleType, stream: bool
) -> None:
    """They come from the row's `extra_body` alone."""
    gateway = await between(client, openai_responses)
    upstream.script = strict(openai_responses, Outcome("", (NATIVE,), "tools"), [], 99)  # type: ignore[assignment]
    answer = await gateway.post(client.path(stream), client.ask(Asked(), stream))
    told = client.stream_error(answer.body) if stream and answer.status == 200 else answer.body.decode()
    assert "free text" in told or "no block" in told
    assert answer.status in ((502, 200) if stream else (502,))
