"""Requests in both directions: what clients send is read, what is written holds against the API's shapes."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.anthropic_messages.request_reading import read_request
from llmproxy.wires.anthropic_messages.request_writing import DEFAULT_MAX_TOKENS, SUPPORTED, write_request
from llmproxy.wires.canonical.content import Media, Message, Part, Refusal, Role, Text, Thinking, Tool, ToolCall
from llmproxy.wires.canonical.content import ToolResult as Result
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter
from llmproxy.wires.canonical.request import Choice, OutputFormat, Reasoning, Request, ToolChoice
from tests.anthropic_shapes import faults

PNG = "iVBORw0KGgo="
HI: dict[str, Any] = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
PLAIN = Request((Message(Role.USER, (Text("hi"),)),))


def read(**members: Any) -> Request:
    return read_request({**HI, **members})


def said(*blocks: dict[str, Any], role: str = "user") -> tuple[Part, ...]:
    return read(messages=[{"role": role, "content": list(blocks)}]).messages[0].content


def written(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(orjson.dumps(write_request(request, "m")))
    assert faults(body) == []
    return body


FULL: dict[str, Any] = {
    "model": "m", "max_tokens": 9, "temperature": 0.5, "top_p": 0.9, "top_k": 3, "stop_sequences": ["END"],
    "metadata": {"user_id": "u"}, "stream": True,
    "system": [{"type": "text", "text": "be brief", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
    "messages": [
        {"role": "user", "content": [
            {"type": "text", "text": "look", "cache_control": {"type": "ephemeral"}},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
            {"type": "image", "source": {"type": "url", "url": "https://e.org/a.png"}},
            {"type": "document", "title": "T", "citations": {"enabled": True},
             "source": {"type": "base64", "media_type": "application/pdf", "data": PNG}},
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}},
            {"type": "document", "source": {"type": "url", "url": "https://e.org/a.pdf"}},
        ]},
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "redacted_thinking", "data": "d"},
            {"type": "tool_use", "id": "c1", "name": "f", "input": {"a": 1}},
        ]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "c1", "is_error": True, "content": [
                {"type": "text", "text": "sun"},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
            ]},
            {"type": "text", "text": "well?"},
        ]},
    ],
    "tools": [{"name": "f", "description": "d", "strict": True, "input_schema": {"type": "object"},
               "cache_control": {"type": "ephemeral"}}],
    "tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": True},
    "thinking": {"type": "enabled", "budget_tokens": 2000, "display": "summarized"},
    "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": {"type": "object"}}},
}  # fmt: skip


def test_everything_that_it_can_say_comes_back() -> None:
    request = read_request(FULL)
    assert (request.stream, request.parallel_tool_calls, request.end_user) == (True, False, "u")
    assert request.messages[1].content == (Thinking("hm", "s"), Thinking(sealed="d"), ToolCall("c1", "f", '{"a":1}'))
    assert written(request) == FULL


def test_plain_texts_are_read_as_blocks() -> None:
    request = read(system="be brief", messages=[{"role": "user", "content": "hi"}])
    assert (request.system, request.messages) == ((Text("be brief"),), PLAIN.messages)
    assert said({"type": "tool_result", "tool_use_id": "c", "content": "sun"}) == (Result("c", content=(Text("sun"),)),)


def test_messages_of_the_system_join_its_prompt_and_a_lost_place_goes_on_record() -> None:
    first = {"role": "system", "content": "one"}
    request = read(messages=[first, *HI["messages"], {"role": "system", "content": [{"type": "text", "text": "two"}]}])
    assert request.system == (Text("one"), Text("two"))
    assert (request.messages, request.left_out) == (PLAIN.messages, ("messages[2].role",))


@pytest.mark.parametrize(
    ("choice", "kind", "parallel"),
    [
        ({"type": "auto"}, Choice.AUTO, None), ({"type": "none"}, Choice.NONE, None),
        ({"type": "any", "disable_parallel_tool_use": False}, Choice.ANY, True),
        ({"type": "tool", "name": "f", "disable_parallel_tool_use": True}, Choice.ONE, False),
    ],
)  # fmt: skip
def test_tool_choices(choice: dict[str, Any], kind: Choice, parallel: bool | None) -> None:
    tools = [{"name": "f", "input_schema": {"type": "object"}}]
    request = read(tools=tools, tool_choice=choice)
    assert request.tool_choice == ToolChoice(kind, choice.get("name", ""))
    assert request.parallel_tool_calls is parallel
    assert written(request)["tool_choice"]["type"] == choice["type"]


@pytest.mark.parametrize(
    ("members", "reasoning"),
    [
        ({"thinking": {"type": "disabled"}}, Reasoning(budget=0)),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, Reasoning(budget=2000)),
        ({"thinking": {"type": "adaptive", "display": "omitted"}}, Reasoning(budget=-1, show=False)),
        ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "max"}}, Reasoning("max")),
        ({"output_config": {"effort": "low"}}, Reasoning("low")),
    ],
)  # fmt: skip
def test_how_much_it_thinks(members: dict[str, Any], reasoning: Reasoning) -> None:
    assert read(**members).reasoning == reasoning


@pytest.mark.parametrize(
    ("reasoning", "expected"),
    [
        (Reasoning("none"), {"thinking": {"type": "disabled"}}),
        (Reasoning("minimal"), {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}),
        (Reasoning("high", summary="auto"),
         {"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "high"}}),
        (Reasoning(budget=-1), {"thinking": {"type": "adaptive"}}),
        (Reasoning(budget=100), {"thinking": {"type": "enabled", "budget_tokens": 1024}}),
    ],
)  # fmt: skip
def test_efforts_of_other_wires(reasoning: Reasoning, expected: dict[str, Any]) -> None:
    body = written(replace(PLAIN, reasoning=reasoning, max_tokens=9))
    assert {name: body[name] for name in ("thinking", "output_config") if name in body} == expected


def test_a_limit_is_named_where_the_client_named_none() -> None:
    assert written(PLAIN)["max_tokens"] == DEFAULT_MAX_TOKENS
    assert written(replace(PLAIN, reasoning=Reasoning(budget=5000)))["max_tokens"] == DEFAULT_MAX_TOKENS + 5000


def test_the_older_name_of_structured_output_is_read() -> None:
    schema = {"type": "object"}
    assert read(output_format={"type": "json_schema", "schema": schema}).output == OutputFormat(
        schema, "answer", "", True
    )


def test_what_no_answer_depends_on_is_left_out_on_record() -> None:
    request = read(service_tier="auto", cache_control={"type": "ephemeral"}, metadata={"user_id": "u"})
    assert request.left_out == ("cache_control", "service_tier")
    assert request.left_out_by(frozenset()) == ("cache_control", "service_tier", "metadata.user_id")
    assert request.left_out_by(SUPPORTED) == request.left_out
    request.only(frozenset({"max_tokens"}))


@pytest.mark.parametrize(
    "members",
    [
        {"system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}]},
        {"messages": [
            {"role": "user", "content": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}]}]},
        {"tools": [{"name": "t", "input_schema": {"type": "object"}, "cache_control": {"type": "ephemeral"}}]},
    ],
)  # fmt: skip
def test_marks_of_what_is_to_be_kept_are_on_record_where_a_wire_has_none(members: dict[str, Any]) -> None:
    request = read(**members)
    assert request.left_out_by(frozenset()) == ("cache_control",)
    assert request.left_out_by(SUPPORTED) == ()


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"container": "c"}, "container"), ({"inference_geo": "us"}, "inference_geo"),
        ({"mcp_servers": [{"url": "x"}]}, "mcp_servers"), ({"unheard": 1}, "unheard"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, r"tools\[0\]"),
        ({"tools": [{"name": "f", "input_schema": {}, "defer_loading": True}]}, r"tools\[0\].defer_loading"),
        ({"thinking": {"type": "between_tools"}}, "thinking.type"),
        ({"output_config": {"task_budget": {"total": 1}}}, "output_config.task_budget"),
        ({"messages": [{"role": "user", "content": [{"type": "search_result"}]}]}, r"messages\[0\].content\[0\]"),
        ({"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "file", "file_id": "f"}}]}]},
         r"messages\[0\].content\[0\].source.file_id"),
        ({"messages": [{"role": "user", "content": [
            {"type": "document", "context": "c", "source": {"type": "url", "url": "x"}}]}]},
         r"messages\[0\].content\[0\].context"),
    ],
)  # fmt: skip
def test_what_no_other_wire_can_say_is_refused_by_name(members: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsupportedParameter, match=f"^{named} "):
        read(**members)


def test_asking_for_citations_is_refused_where_the_provider_has_none() -> None:
    texts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    source = {"type": "content", "content": texts}
    document = {"type": "document", "citations": {"enabled": True}, "source": source}
    request = read(messages=[{"role": "user", "content": [document]}])
    assert request.messages[0].content == (Media("file", "text/plain", text="a\nb", cite=True),)
    with pytest.raises(UnsupportedParameter, match="^citations "):
        request.only(frozenset({"max_tokens"}))


@pytest.mark.parametrize(
    "members",
    [
        {"max_tokens": None}, {"max_tokens": "x"}, {"messages": "x"}, {"messages": [1]}, {"messages": [{"role": "x"}]},
        {"messages": [{"role": "user"}]}, {"messages": [{"role": "user", "content": 5}]},
        {"messages": [{"role": "user", "content": [{"type": "text"}]}]}, {"system": 5},
        {"system": [{"type": "image"}]}, {"tools": [{"name": "f"}]}, {"tool_choice": {"type": "some"}},
        {"tool_choice": {"type": "tool"}}, {"output_format": {"type": "text"}},
        {"output_config": {"format": {"type": "json_schema"}}}, {"thinking": {}}, {"metadata": []},
        {"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "x"}}]}]},
        {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": "c", "name": "f", "input": "x"}]}]},
    ],
)  # fmt: skip
def test_bad_requests_are_refused(members: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        read(**members)


def test_thoughts_of_others_stay_behind_and_results_go_first() -> None:
    call, result = ToolCall("call 1", "f", "{}"), Result("call 1", content=(Text("sun"), Text(" ")))
    request = Request((
        PLAIN.messages[0], Message(Role.ASSISTANT, (Thinking("mine"), Refusal("no"), call)),
        Message(Role.USER, (Text("and"),)), Message(Role.USER, (result,)),
    ))  # fmt: skip
    _, asked, answered = written(request)["messages"]
    assert [block["type"] for block in asked["content"]] == ["text", "tool_use"]
    assert [block["type"] for block in answered["content"]] == ["tool_result", "text"]
    assert answered["content"][0]["tool_use_id"] == asked["content"][1]["id"] != "call 1"


def test_tools_get_the_schema_of_an_object() -> None:
    assert written(replace(PLAIN, tools=(Tool("f"),)))["tools"] == [{"name": "f", "input_schema": {"type": "object"}}]
    assert "tool_choice" not in written(replace(PLAIN, tool_choice=ToolChoice()))


@pytest.mark.parametrize(
    "part",
    [
        Media("image", "image/jpg", PNG), Media("file", "image/webp", PNG), Media("file", "", PNG, name="a.pdf"),
        Media("file", "application/pdf", url="https://e.org/a"),
    ],
)  # fmt: skip
def test_media_of_other_wires(part: Part) -> None:
    assert written(Request((Message(Role.USER, (part,)),)))["messages"]


@pytest.mark.parametrize(
    "change",
    [
        {"candidates": 2}, {"logprobs": 1}, {"verbosity": "low"}, {"seed": 1}, {"temperature": 1.5}, {"top_p": -1},
        {"output": OutputFormat()}, {"reasoning": Reasoning("odd")}, {"tools": (Tool("a b"),)},
        {"messages": (Message(Role.USER, (Media("audio", "audio/wav", PNG),)),)},
        {"messages": (Message(Role.USER, (Media("image", "image/tiff", PNG),)),)},
        {"messages": (Message(Role.USER, (Media("file", "text/csv", PNG),)),)},
        {"messages": (Message(Role.ASSISTANT, (Media("image", "image/png", PNG),)),)},
    ],
)  # fmt: skip
def test_what_the_provider_cannot_be_told_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedParameter):
        write_request(replace(PLAIN, **change), "m")


@pytest.mark.parametrize("arguments", ["{", "[]"])
def test_broken_histories_are_refused(arguments: str) -> None:
    with pytest.raises(BadRequest):
        write_request(Request((Message(Role.ASSISTANT, (ToolCall("c", "f", arguments),)),)), "m")


NAMES = ["model", "messages", "role", "content", "type", "text", "source", "data", "media_type", "url", "tool_use_id",
         "id", "name", "input", "input_schema", "tools", "tool_choice", "thinking", "budget_tokens", "max_tokens",
         "system", "output_config", "format", "schema", "cache_control", "ttl", "metadata", "citations"]  # fmt: skip
VALUES = ["user", "assistant", "system", "text", "image", "document", "tool_use", "tool_result", "base64", "auto", "x"]
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(VALUES),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner) | st.lists(inner, max_size=3),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(NAMES), HOSTILE))
def test_hostile_requests_raise_nothing_else(body: dict[str, Any]) -> None:
    with suppress(BadRequest):
        write_request(read_request({"max_tokens": 1, **body}), "m")
