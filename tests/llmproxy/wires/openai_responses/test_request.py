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
from llmproxy.wires.openai_responses.request_reading import read_request
from llmproxy.wires.openai_responses.request_writing import write_request
from tests.openai_shapes import responses_faults

PNG = "data:image/png;base64,iVBORw0KGgo="
PLAIN = Request((Message(Role.USER, (Text("hi"),)),))


def read(**members: Any) -> Request:
    return read_request({"model": "m", "input": "hi", **members})


def item(**members: Any) -> Request:
    return read(input=[members])


def written(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(orjson.dumps(write_request(request, "m")))
    assert responses_faults(body) == []
    return body


FULL: dict[str, Any] = {
    "model": "m", "instructions": "be brief",
    "input": [
        {"type": "message", "role": "user", "content": [
            {"type": "input_text", "text": "look"},
            {"type": "input_image", "image_url": PNG, "detail": "low"},
            {"type": "input_image", "image_url": "https://e.org/a.png", "detail": "auto"},
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"},
            {"type": "input_file", "file_url": "https://e.org/a.pdf"},
        ]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "AAAA"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I call"}]},
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a": 1}'},
        {"type": "function_call", "call_id": "c2", "name": "g", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
        {"type": "function_call_output", "call_id": "c2", "output": [
            {"type": "input_text", "text": "see"}, {"type": "input_image", "image_url": PNG, "detail": "auto"}]},
        {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
    ],
    "store": False, "include": ["reasoning.encrypted_content"], "max_output_tokens": 9, "temperature": 0.5,
    "top_p": 0.9, "user": "u", "reasoning": {"effort": "high", "summary": "auto"},
    "text": {"verbosity": "low", "format": {
        "type": "json_schema", "name": "thing", "description": "a thing", "schema": {"type": "object"},
        "strict": True}},
    "stream": True,
    "tools": [
        {"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True},
        {"type": "function", "name": "g", "parameters": {"type": "object", "properties": {}}, "strict": False},
    ],
    "tool_choice": {"type": "function", "name": "f"}, "parallel_tool_calls": False,
}  # fmt: skip


def test_everything_that_it_can_say_comes_back() -> None:
    request = read_request(FULL)
    assert (request.stream, request.system, request.left_out) == (True, (Text("be brief"),), ())
    assert request.messages[1].content == (
        Thinking(sealed="AAAA", id="rs_1"), Text("I call"), ToolCall("c1", "f", '{"a": 1}'), ToolCall("c2", "g", "{}"),
    )  # fmt: skip
    assert request.messages[2].content[0] == ToolResult("c1", content=(Text("sunny"),))
    assert written(request) == FULL


def test_short_forms() -> None:
    assert read().messages == PLAIN.messages
    assert item(role="user", content="hi").messages == PLAIN.messages
    several = read(input=[{"role": "developer", "content": "a"}, {"role": "user", "content": "hi"}], instructions="b")
    assert (several.system, several.messages) == ((Text("b"), Text("a")), PLAIN.messages)
    assert written(several)["input"][0] == {
        "type": "message", "role": "system",
        "content": [{"type": "input_text", "text": "b"}, {"type": "input_text", "text": "a"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given_item", "expected"),
    [
        ({"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "mp3"}}]},
         (Media("audio", "audio/mpeg", "AAAA"),)),
        ({"role": "user", "content": [{"type": "input_file", "file_data": "AAAA", "filename": "a.csv"}]},
         (Media("file", "text/csv", "AAAA", name="a.csv"),)),
        ({"role": "user", "content": [{"type": "input_text", "text": "x", "prompt_cache_breakpoint": {}}]},
         (Text("x", cache="5m"),)),
        ({"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "a"},
                                                       {"type": "summary_text", "text": "b"}]},
         (Thinking("a\n\nb", id="r"),)),
        ({"type": "reasoning", "id": "r", "summary": [], "content": [{"type": "reasoning_text", "text": "a"}],
          "encrypted_content": "AAAA"}, (Thinking("a", id="r"), Thinking(sealed="AAAA", id="r"))),
        ({"type": "reasoning", "id": "r", "summary": [{"text": "a"}], "encrypted_content": "gwsig_QUJD"},
         (Thinking("a", "QUJD", id="r"),)),
    ],
)  # fmt: skip
def test_items_and_their_parts(given_item: dict[str, Any], expected: tuple[Part, ...]) -> None:
    assert item(**given_item).messages[0].content == expected


@pytest.mark.parametrize(
    ("given_choice", "choice"),
    [
        ("auto", ToolChoice()), ("none", ToolChoice(Choice.NONE)), ("required", ToolChoice(Choice.ANY)),
        ({"type": "function", "name": "g"}, ToolChoice(Choice.ONE, "g")),
    ],
)  # fmt: skip
def test_tool_choices(given_choice: object, choice: ToolChoice) -> None:
    request = read(tools=[{"type": "function", "name": "g"}], tool_choice=given_choice)
    assert request.tool_choice == choice
    assert written(request)["tool_choice"] == given_choice


def test_only_allowed_tools_are_passed_on() -> None:
    tools = [{"type": "function", "name": name} for name in ("f", "g")]
    request = read(tools=tools, tool_choice={"type": "allowed_tools", "mode": "required", "tools": tools[1:]})
    assert (request.tools, request.tool_choice) == ((Tool("g"),), ToolChoice(Choice.ANY))


def test_what_no_answer_depends_on_is_left_out_on_record() -> None:
    request = read(
        metadata={"a": "b"}, prompt_cache_key="k", service_tier="auto", store=False, background=False,
        truncation="disabled", include=["reasoning.encrypted_content"], previous_response_id=None, top_logprobs=0,
        input=[{"role": "assistant", "content": "x", "phase": "commentary"}],
    )  # fmt: skip
    assert sorted(request.left_out) == ["input.phase", "metadata", "prompt_cache_key", "service_tier"]
    assert request.logprobs is None


@pytest.mark.parametrize("name", ["store", "background", "previous_response_id", "conversation", "prompt"])
def test_what_builds_on_a_kept_state_is_refused_clearly(name: str) -> None:
    with pytest.raises(UnsupportedParameter, match=f"^{name} .*Send the whole conversation"):
        read(**{name: True if name in ("store", "background") else "x"})


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"unheard": 1}, "unheard"), ({"truncation": "auto"}, "truncation"),
        ({"text": {"unheard": 1}}, "text.unheard"),
        ({"text": {"format": {"type": "grammar"}}}, "text.format.type"),
        ({"reasoning": {"mode": "pro"}}, "reasoning.mode"), ({"tools": [{"type": "web_search"}]}, r"tools\[0\].type"),
        ({"tools": [{"type": "file_search"}]}, r"tools\[0\].type"),
        ({"tool_choice": {"type": "mcp"}}, "tool_choice.type"),
        ({"input": [{"id": "msg_1"}]}, r"input\[0\].id"), ({"input": [{"type": "mcp_call"}]}, r"input\[0\].type"),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "file_id": "f"}]}]},
         r"input\[0\].content\[0\].file_id"),
        ({"input": [{"role": "user", "content": [{"type": "video"}]}]}, r"input\[0\].content\[0\].type"),
        ({"input": [{"role": "system", "content": [{"type": "input_image", "image_url": "https://e"}]}]},
         r"input\[0\].content"),
    ],
)  # fmt: skip
def test_what_no_other_wire_can_say_is_refused_by_name(members: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsupportedParameter, match=f"^{named} "):
        read(**members)


@pytest.mark.parametrize(
    "members",
    [
        {"input": None}, {"input": 5}, {"input": [1]}, {"input": [{"role": "robot", "content": "x"}]},
        {"input": [{"role": "user"}]}, {"input": [{"role": "user", "content": [{}]}]},
        {"input": [{"type": "function_call", "name": "f"}]},
        {"input": [{"type": "function_call_output", "output": "x"}]},
        {"tools": [{}]}, {"tool_choice": "some"}, {"text": "x"}, {"text": {"format": {}}}, {"stream": "yes"},
        {"max_output_tokens": 0}, {"reasoning": "high"}, {"include": "x"}, {"instructions": 5},
    ],
)  # fmt: skip
def test_bad_requests_are_refused(members: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        read(**members)


def test_results_come_first_and_failures_say_so() -> None:
    calls = Message(Role.ASSISTANT, (ToolCall("c", "f"), ToolCall("x" * 99, "g")))
    results = (Text("and?"), ToolResult("c"), ToolResult("x" * 99, content=(Text("no"),), is_error=True))
    first, second, third, fourth, fifth = written(Request((calls, Message(Role.USER, results))))["input"]
    assert (third["output"], fourth["output"], fourth["call_id"]) == ("", "Error: no", second["call_id"])
    assert fifth["content"] == [{"type": "input_text", "text": "and?"}]
    assert first["arguments"] == "{}"


def test_thoughts_of_others_stay_behind() -> None:
    thoughts = Message(Role.ASSISTANT, (Thinking("mine", "sig"), Thinking(sealed="AAAA"), Thinking("hm", id="r")))
    body = written(Request((*PLAIN.messages, thoughts)))
    assert [each["type"] for each in body["input"]] == ["message"]
    assert "include" not in body


@pytest.mark.parametrize(
    ("reasoning", "expected"),
    [
        (Reasoning("low"), {"effort": "low"}),
        (Reasoning(budget=8192, show=True), {"effort": "medium", "summary": "auto"}),
        (Reasoning("high", summary="concise"), {"effort": "high", "summary": "concise"}), (Reasoning(budget=-1), None),
    ],
)  # fmt: skip
def test_thinking(reasoning: Reasoning, expected: object) -> None:
    body = written(replace(PLAIN, reasoning=reasoning))
    assert body.get("reasoning") == expected
    assert body["include"] == ["reasoning.encrypted_content"]
    assert "include" not in written(replace(PLAIN, reasoning=Reasoning("none")))


def test_any_json_object_needs_no_schema() -> None:
    assert written(replace(PLAIN, output=OutputFormat()))["text"] == {"format": {"type": "json_object"}}
    assert read(text={"format": {"type": "json_object"}}).output == OutputFormat()


@pytest.mark.parametrize("change", [{"top_k": 5}, {"candidates": 2}, {"stop": ("x",)}, {"seed": 1}])
def test_what_the_provider_cannot_be_told_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedParameter):
        write_request(replace(PLAIN, **change), "m")


@pytest.mark.parametrize(
    ("role", "part"),
    [(Role.USER, Media("audio", "audio/wav", "AAAA")), (Role.ASSISTANT, Media("image", "image/png", "AAAA"))],
)
def test_parts_without_a_counterpart_are_refused(role: Role, part: Part) -> None:
    with pytest.raises(UnsupportedParameter):
        write_request(Request((Message(role, (part,)),)), "m")


def test_plain_documents_and_refusals_are_told() -> None:
    said = (Media("file", "text/plain", text="words", name="a.txt"), Media("file", "image/png", "AAAA"))
    body = written(Request((Message(Role.USER, said), Message(Role.ASSISTANT, (Refusal("no"),)))))
    assert body["input"][0]["content"] == [
        {"type": "input_text", "text": "a.txt\n\nwords"},
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"},
    ]


NAMES = ["input", "type", "role", "content", "text", "image_url", "call_id", "name", "arguments", "output", "summary",
         "encrypted_content", "id", "tools", "tool_choice", "format", "reasoning", "effort", "include", "instructions",
         "file_data", "file_url", "filename", "phase", "parameters", "stream"]  # fmt: skip
WORDS = ["user", "assistant", "message", "function_call", "function_call_output", "reasoning", "input_text", "function",
         "input_image", "input_file", "json_schema", "allowed_tools"]  # fmt: skip
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([*NAMES, *WORDS]),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner) | st.lists(inner, max_size=3),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(NAMES), HOSTILE))
def test_hostile_requests_raise_nothing_else(body: dict[str, Any]) -> None:
    with suppress(BadRequest):
        write_request(read_request(body), "m")
