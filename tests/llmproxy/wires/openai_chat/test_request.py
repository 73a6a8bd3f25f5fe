"""Requests in both directions: what clients send is read, what is written holds against the API's shapes."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.canonical.content import (
    Media,
    Message,
    Part,
    Refusal,
    Role,
    Text,
    Thinking,
    Tool,
    ToolCall,
    ToolResult,
)
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter
from llmproxy.wires.canonical.request import Choice, OutputFormat, Reasoning, Request, ToolChoice
from llmproxy.wires.openai_chat.request_reading import read_request
from llmproxy.wires.openai_chat.request_writing import write_request
from tests.openai_shapes import chat_faults

PNG = "data:image/png;base64,iVBORw0KGgo="
HI: dict[str, Any] = {"messages": [{"role": "user", "content": "hi"}]}
PLAIN = Request((Message(Role.USER, (Text("hi"),)),))


def read(**members: Any) -> Request:
    return read_request({**HI, **members})


def said(*parts: Any, role: str = "user", **more: Any) -> Request:
    return read(messages=[{"role": role, "content": list(parts) or None, **more}])


def written(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(orjson.dumps(write_request(request, "m")))
    assert chat_faults(body) == []
    return body


FULL: dict[str, Any] = {
    "model": "m",
    "messages": [
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": [
            {"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
            {"type": "image_url", "image_url": {"url": "https://e.org/a.png"}},
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}},
        ]},
        {"role": "assistant", "reasoning_content": "hm", "content": "I call", "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}},
            {"id": "c2", "type": "function", "function": {"name": "g", "arguments": "{}"}},
        ]},
        {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
        {"role": "tool", "tool_call_id": "c2", "content": [
            {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "assistant", "refusal": "no"},
        {"role": "user", "content": "and?"},
    ],
    "tools": [
        {"type": "function", "function": {
            "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}},
        {"type": "function", "function": {"name": "g"}},
    ],
    "tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": False,
    "response_format": {"type": "json_schema", "json_schema": {
        "name": "thing", "description": "a thing", "schema": {"type": "object"}, "strict": True}},
    "reasoning_effort": "high", "max_completion_tokens": 9, "temperature": 0.5, "top_p": 0.9, "stop": ["END"],
    "seed": -1, "frequency_penalty": 0.1, "presence_penalty": 0.2, "verbosity": "low", "user": "u",
    "stream": True, "stream_options": {"include_usage": True},
}  # fmt: skip


def test_everything_that_it_can_say_comes_back() -> None:
    request = read_request(FULL)
    assert request.stream
    assert request.system == (Text("be brief"),)
    assert request.messages[1].content == (
        Thinking("hm"), Text("I call"), ToolCall("c1", "f", '{"a": 1}'), ToolCall("c2", "g", "{}"),
    )  # fmt: skip
    assert request.messages[2].content == (ToolResult("c1", content=(Text("sunny"),)),)
    assert (request.end_user, request.left_out) == ("u", ())
    assert written(request) == FULL


def test_instructions_are_gathered_from_wherever_they_stand() -> None:
    request = read(
        messages=[
            {"role": "developer", "content": "a"}, *HI["messages"],
            {"role": "system", "content": [{"type": "text", "text": "b"}]},
        ]
    )  # fmt: skip
    assert (request.system, request.messages) == ((Text("a"), Text("b")), PLAIN.messages)
    assert written(request)["messages"][0]["content"] == [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]


def test_older_and_foreign_spellings() -> None:
    request = read(max_tokens=5, stop="END", safety_identifier="s", user="u", top_k=3)
    assert (request.max_tokens, request.stop, request.end_user, request.top_k) == (5, ("END",), "s", 3)
    assert request.client_name("max_tokens") == "max_tokens"
    assert read(max_completion_tokens=5).client_name("max_tokens") == "max_completion_tokens"


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"type": "file", "file": {"file_data": "AAAA", "filename": "a.csv"}},
         Media("file", "text/csv", "AAAA", name="a.csv")),
        ({"type": "file", "file": {"file_data": "AAAA"}}, Media("file", "application/pdf", "AAAA")),
        ({"type": "file", "file": {"file_data": "data:text/plain,a%20b"}}, Media("file", "text/plain", text="a b")),
        ({"type": "video_url", "video_url": {"url": "https://e.org/v"}}, Media("video", url="https://e.org/v")),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "flac"}},
         Media("audio", "audio/flac", "AAAA")),
        ({"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "1h"}}, Text("x", cache="1h")),
        ({"type": "text", "text": "x", "prompt_cache_breakpoint": {"mode": "explicit"}}, Text("x", cache="5m")),
    ],
)  # fmt: skip
def test_parts_of_users(part: dict[str, Any], expected: Part) -> None:
    assert said(part).messages[0].content == (expected,)


def test_refusals_and_thoughts_of_the_assistant() -> None:
    refused = said({"type": "refusal", "refusal": "no"}, role="assistant")
    assert refused.messages[0].content == (Refusal("no"),)
    details = [{"type": "reasoning.text", "text": "hm", "signature": "s", "id": "i"}, 7,
               {"type": "reasoning.encrypted", "data": "AAAA"},
               {"type": "reasoning.summary", "summary": "so"}]  # fmt: skip
    thought = said(role="assistant", reasoning_details=details, reasoning="twice")
    assert thought.messages[0].content == (Thinking("hm", "s", id="i"), Thinking(sealed="AAAA"), Thinking("so"))


@pytest.mark.parametrize(
    ("given_choice", "choice"),
    [
        ("auto", ToolChoice()), ("none", ToolChoice(Choice.NONE)), ("required", ToolChoice(Choice.ANY)),
        ({"type": "function", "function": {"name": "g"}}, ToolChoice(Choice.ONE, "g")),
    ],
)  # fmt: skip
def test_tool_choices(given_choice: object, choice: ToolChoice) -> None:
    tools = [{"type": "function", "function": {"name": name}} for name in ("f", "g")]
    request = read(tools=tools, tool_choice=given_choice)
    assert request.tool_choice == choice
    assert written(request)["tool_choice"] == given_choice


def test_only_allowed_tools_are_passed_on() -> None:
    tools = [{"type": "function", "function": {"name": name}} for name in ("f", "g")]
    choice = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [tools[1]]}}
    request = read(tools=tools, tool_choice=choice)
    assert (request.tools, request.tool_choice) == ((Tool("g"),), ToolChoice(Choice.ANY))


def test_what_no_answer_depends_on_is_left_out_on_record() -> None:
    message = {"role": "user", "content": "hi", "name": "ann"}
    request = read(messages=[message], metadata={"a": "b"}, store=False, service_tier="auto", modalities=["text"])
    assert sorted(request.left_out) == ["messages.name", "metadata", "modalities", "service_tier", "store"]
    assert read(metadata=None, logit_bias={}, audio=None).left_out == ()


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"unheard": 1}, "unheard"), ({"logit_bias": {"1": 2}}, "logit_bias"), ({"store": True}, "store"),
        ({"modalities": ["text", "audio"]}, "modalities"), ({"web_search_options": {"a": 1}}, "web_search_options"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"functions": [{"name": "f"}]}, "functions"), ({"tools": [{"type": "web_search"}]}, r"tools\[0\].type"),
        ({"tool_choice": {"type": "mcp"}}, "tool_choice.type"),
        ({"response_format": {"type": "grammar"}}, "response_format.type"),
        ({"messages": [{"role": "function", "name": "f", "content": "x"}]}, r"messages\[0\].role"),
        ({"messages": [{"role": "assistant", "audio": {"id": "a"}}]}, r"messages\[0\].audio"),
        ({"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "f"}}]}]},
         r"messages\[0\].content\[0\].file.file_id"),
        ({"messages": [{"role": "system", "content": [{"type": "image_url"}]}]}, r"messages\[0\].content\[0\].type"),
        ({"messages": [{"role": "assistant", "tool_calls": [{"id": "c", "type": "mcp"}]}]},
         r"messages\[0\].tool_calls\[0\].type"),
    ],
)  # fmt: skip
def test_what_no_other_wire_can_say_is_refused_by_name(members: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsupportedParameter, match=f"^{named} "):
        read(**members)


@pytest.mark.parametrize(
    "members",
    [
        {"messages": None}, {"messages": "x"}, {"messages": [1]}, {"messages": [{"role": "robot"}]},
        {"messages": [{"role": "user", "content": 5}]}, {"messages": [{"role": "user", "content": [{}]}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        {"messages": [{"role": "tool", "content": "x"}]}, {"tools": [{"type": "function"}]},
        {"tools": {}}, {"tool_choice": "some"}, {"max_tokens": 0}, {"n": 0}, {"temperature": "hot"}, {"stop": [1]},
        {"response_format": {"type": "json_schema"}}, {"response_format": {}}, {"logprobs": "yes"}, {"user": 5},
    ],
)  # fmt: skip
def test_bad_requests_are_refused(members: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        read(**members)


def test_results_come_first_and_their_images_behind_them() -> None:
    image = Media("image", "image/png", "AAAA")
    results = (Text("and?"), ToolResult("c", content=(Text("see"), image)), ToolResult("d", is_error=True))
    calls = Message(Role.ASSISTANT, (ToolCall("c", "f"), ToolCall("d", "g")))
    assert written(Request((calls, Message(Role.USER, results))))["messages"][1:] == [
        {"role": "tool", "tool_call_id": "c", "content": "see"},
        {"role": "tool", "tool_call_id": "d", "content": "Error: "},
        {"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, {"type": "text", "text": "and?"},
        ]},
    ]  # fmt: skip


def test_thoughts_proven_elsewhere_and_empty_messages_stay_behind() -> None:
    thoughts = Message(Role.ASSISTANT, (Thinking("theirs", "sig"), Thinking(sealed="AAAA")))
    assert written(Request((*PLAIN.messages, thoughts)))["messages"] == HI["messages"]


@given(st.text(min_size=1, max_size=100))
def test_any_id_of_a_call_matches_the_id_of_its_result(given_id: str) -> None:
    call = Message(Role.ASSISTANT, (ToolCall(given_id, "t"),))
    written(Request((call, Message(Role.USER, (ToolResult(given_id),)))))


@pytest.mark.parametrize(
    ("reasoning", "effort"),
    [
        (Reasoning("minimal"), "minimal"), (Reasoning(budget=0), "none"), (Reasoning(budget=1024), "low"),
        (Reasoning(budget=8192), "medium"), (Reasoning(budget=32_000), "high"), (Reasoning(budget=-1), None),
        (Reasoning(show=True), None),
    ],
)  # fmt: skip
def test_budgets_are_said_as_efforts(reasoning: Reasoning, effort: str | None) -> None:
    assert written(replace(PLAIN, reasoning=reasoning)).get("reasoning_effort") == effort


def test_structured_output_without_a_name_gets_one_and_any_object_needs_no_schema() -> None:
    assert written(replace(PLAIN, output=OutputFormat({})))["response_format"]["json_schema"]["name"] == "answer"
    assert written(replace(PLAIN, output=OutputFormat()))["response_format"] == {"type": "json_object"}
    assert read(response_format={"type": "json_object"}).output == OutputFormat()
    assert read(response_format={"type": "text"}).output is None


def test_a_document_of_plain_text_is_told_as_text() -> None:
    document = Media("file", "text/plain", text="words", name="a.txt")
    content = written(Request((Message(Role.USER, (document,)),)))["messages"][0]["content"]
    assert content == [{"type": "text", "text": "a.txt\n\nwords"}]


@pytest.mark.parametrize("change", [{"top_k": 5}, {"candidates": 2}])
def test_what_the_provider_cannot_be_told_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedParameter):
        write_request(replace(PLAIN, **change), "m")


@pytest.mark.parametrize(
    ("role", "part"),
    [
        (Role.USER, Media("file", url="https://e.org/a.pdf")), (Role.USER, Media("video", "video/mp4", "AAAA")),
        (Role.USER, Media("audio", "audio/flac", "AAAA")), (Role.ASSISTANT, Media("image", "image/png", "AAAA")),
        (Role.ASSISTANT, ToolResult("c")), (Role.USER, ToolCall("c", "f")),
    ],
)  # fmt: skip
def test_parts_without_a_counterpart_are_refused(role: Role, part: Part) -> None:
    with pytest.raises(UnsupportedParameter):
        write_request(Request((Message(role, (part,)),)), "m")


NAMES = ["messages", "role", "content", "type", "text", "image_url", "url", "tool_calls", "function", "name", "id",
         "arguments", "tool_call_id", "tools", "tool_choice", "allowed_tools", "response_format", "json_schema",
         "schema", "stop", "stream_options", "file", "file_data", "reasoning_details", "reasoning"]  # fmt: skip
WORDS = [
    "user",
    "assistant",
    "system",
    "tool",
    "text",
    "image_url",
    "function",
    "json_schema",
    "data:,",
    "data:;base64",
]
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([*NAMES, *WORDS]),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner) | st.lists(inner, max_size=3),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(NAMES), HOSTILE))
def test_hostile_requests_raise_nothing_else(body: dict[str, Any]) -> None:
    with suppress(BadRequest):
        write_request(read_request(body), "m")
