"""Requests in both directions: what clients send is read, what is written holds against the API's shapes."""

import base64
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.canonical.content import Media, Message, Part, Role, Text, Thinking, Tool, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter
from llmproxy.wires.canonical.request import Choice, OutputFormat, Reasoning, Request, ToolChoice
from llmproxy.wires.gemini_generate.call_ids import packed, unpacked
from llmproxy.wires.gemini_generate.request_reading import read_request
from llmproxy.wires.gemini_generate.request_writing import write_request
from tests.gemini_shapes import faults

PNG = "iVBORw0KGgo="
HI: dict[str, Any] = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
PLAIN = Request((Message(Role.USER, (Text("hi"),)),))


def read(**members: Any) -> Request:
    return read_request({**HI, **members}, stream=False)


def config(**members: Any) -> Request:
    return read(generationConfig=members)


def written(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = orjson.loads(orjson.dumps(write_request(request)))
    assert faults(body) == []
    return body


FULL: dict[str, Any] = {
    "systemInstruction": {"parts": [{"text": "be brief"}]},
    "contents": [
        {"role": "user", "parts": [
            {"text": "look"}, {"inlineData": {"mimeType": "image/png", "data": PNG}},
            {"fileData": {"mimeType": "application/pdf", "fileUri": "https://e.org/a.pdf"}},
        ]},
        {"role": "model", "parts": [
            {"text": "hm", "thought": True, "thoughtSignature": "QUJD"},
            {"functionCall": {"id": "c1", "name": "f", "args": {"a": 1}}, "thoughtSignature": "QUJD"},
        ]},
        {"role": "user", "parts": [{"functionResponse": {"id": "c1", "name": "f", "response": {"sun": True}}}]},
    ],
    "tools": [{"functionDeclarations": [
        {"name": "f", "description": "d", "parametersJsonSchema": {"type": "object", "properties": {"a": {}}}},
    ]}],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
    "generationConfig": {
        "maxOutputTokens": 9, "temperature": 0.5, "topP": 0.9, "topK": 3, "stopSequences": ["END"], "seed": -1,
        "frequencyPenalty": 0.1, "presencePenalty": 0.2, "responseMimeType": "application/json",
        "responseJsonSchema": {"type": "object"}, "thinkingConfig": {"thinkingLevel": "HIGH", "includeThoughts": True},
    },
}  # fmt: skip


def test_everything_that_it_can_say_comes_back() -> None:
    request = read_request(FULL, stream=True)
    assert request.stream
    assert request.messages[1].content == (
        Thinking("hm", "QUJD"), ToolCall("c1", "f", '{"a":1}', "QUJD"),
    )  # fmt: skip
    assert request.messages[2].content == (ToolResult("c1", "f", (Text('{"sun":true}'),)),)
    assert written(request) == FULL


def test_snake_case_is_read_as_well() -> None:
    request = read_request(
        {
            "contents": [{"parts": [{"inline_data": {"mime_type": "image/png", "data": PNG}}]}],
            "system_instruction": "be brief",
            "generation_config": {"max_output_tokens": 3, "thinking_config": {"thinking_budget": -1}},
        },
        stream=False,
    )
    assert request == Request(
        (Message(Role.USER, (Media("image", "image/png", PNG),)),), (Text("be brief"),), max_tokens=3,
        reasoning=Reasoning(budget=-1), names=request.names,
    )  # fmt: skip


def test_one_object_stands_for_a_list_of_it_as_in_googles_examples() -> None:
    request = read(contents={"parts": {"text": "hi"}}, systemInstruction={"parts": {"text": "be brief"}})
    assert request.messages == PLAIN.messages and request.system == (Text("be brief"),)


def test_that_nothing_is_to_be_kept_need_not_be_said() -> None:
    assert read(store=False).left_out == ()
    with pytest.raises(UnsupportedParameter, match="^store "):
        read(store=True)


def test_calls_without_ids_are_matched_by_name_and_order() -> None:
    call, answer = {"functionCall": {"name": "f"}}, {"functionResponse": {"name": "f", "response": {"output": "x"}}}
    request = read_request(
        {"contents": [{"role": "model", "parts": [call, call]}, {"role": "function", "parts": [answer, answer]}]},
        stream=False,
    )
    calls, answers = request.messages
    ids = [part.id for part in calls.content if isinstance(part, ToolCall)]
    assert [part.id for part in answers.content if isinstance(part, ToolResult)] == ids
    assert len(set(ids)) == 2
    parts = [part for content in written(request)["contents"] for part in content["parts"]]
    assert not any("id" in next(iter(part.values())) for part in parts)


def test_a_response_that_answers_nothing_is_refused() -> None:
    with pytest.raises(BadRequest, match="answers no call"):
        read(contents=[{"parts": [{"functionResponse": {"name": "f", "response": {}}}]}])


@pytest.mark.parametrize(
    ("response", "text", "is_error"),
    [
        ({"output": "x"}, "x", False), ({"result": [1]}, "[1]", False), ({"error": "no"}, "no", True),
        ({"a": 1, "b": 2}, '{"a":1,"b":2}', False),
    ],
)  # fmt: skip
def test_responses_of_functions(response: dict[str, Any], text: str, is_error: bool) -> None:
    parts = (
        [{"functionCall": {"id": "c", "name": "f"}}],
        [{"functionResponse": {"id": "c", "name": "f", "response": response}}],
    )
    request = read(contents=[{"role": "model", "parts": parts[0]}, {"role": "user", "parts": parts[1]}])
    (result,) = request.messages[1].content
    assert result == ToolResult("c", "f", (Text(text),), is_error)


def test_googles_schema_becomes_json_schema() -> None:
    schema = {
        "type": "OBJECT", "nullable": True, "propertyOrdering": ["snake_name"], "required": ["snake_name"],
        "properties": {"snake_name": {"type": "ARRAY", "items": {"type": "STRING", "enum": ["A"]}, "minItems": "1"},
                       "u": {"anyOf": [{"type": "NUMBER"}, {"type": "INTEGER", "example": 3}]}},
    }  # fmt: skip
    request = config(responseMimeType="application/json", responseSchema=schema)
    assert request.output is not None
    assert request.output.schema == {
        "type": ["object", "null"], "required": ["snake_name"],
        "properties": {"snake_name": {"type": "array", "items": {"type": "string", "enum": ["A"]}, "minItems": 1},
                       "u": {"anyOf": [{"type": "number"}, {"type": "integer", "examples": [3]}]}},
    }  # fmt: skip
    deep: dict[str, Any] = {"type": "STRING"}
    for _ in range(200):
        deep = {"type": "ARRAY", "items": deep}
    with pytest.raises(BadRequest, match="nested"):
        config(responseMimeType="application/json", responseSchema=deep)


@pytest.mark.parametrize(
    ("calling", "choice"),
    [
        ({"mode": "AUTO"}, ToolChoice()), ({"mode": "NONE"}, ToolChoice(Choice.NONE)),
        ({"mode": "ANY"}, ToolChoice(Choice.ANY)), ({}, ToolChoice()),
        ({"mode": "ANY", "allowedFunctionNames": ["g"]}, ToolChoice(Choice.ONE, "g")),
        ({"mode": "ANY", "allowedFunctionNames": ["f", "g"]}, ToolChoice(Choice.ANY)),
    ],
)  # fmt: skip
def test_tool_choices(calling: dict[str, Any], choice: ToolChoice) -> None:
    tools = [{"functionDeclarations": [{"name": "f"}, {"name": "g"}]}]
    request = read(tools=tools, toolConfig={"functionCallingConfig": calling})
    assert request.tool_choice == choice
    assert "toolConfig" in written(request)


def test_filters_that_are_off_are_left_out_on_record_and_others_refused() -> None:
    off = {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}
    assert read(safetySettings=[off]).left_out == ("safetySettings",)
    with pytest.raises(UnsupportedParameter, match="safetySettings"):
        read(safetySettings=[off, {**off, "threshold": "BLOCK_LOW_AND_ABOVE"}])


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"cachedContent": "c"}, "cachedContent"), ({"unheard": 1}, "unheard"),
        ({"tools": [{"googleSearch": {}}]}, r"tools\[0\].googleSearch"),
        ({"generationConfig": {"speechConfig": {"a": 1}}}, "generationConfig.speechConfig"),
        ({"generationConfig": {"responseModalities": ["IMAGE"]}}, "generationConfig.responseModalities"),
        ({"generationConfig": {"responseMimeType": "text/x.enum"}}, "generationConfig.responseMimeType"),
        ({"toolConfig": {"retrievalConfig": {"a": 1}}}, "toolConfig.retrievalConfig"),
        ({"contents": [{"parts": [{"executableCode": {"code": "1"}}]}]}, r"contents\[0\].parts\[0\].executableCode"),
    ],
)  # fmt: skip
def test_what_no_other_wire_can_say_is_refused_by_name(members: dict[str, Any], named: str) -> None:
    with pytest.raises(UnsupportedParameter, match=f"^{named} "):
        read(**members)


@pytest.mark.parametrize(
    "members",
    [
        {"contents": "x"}, {"contents": [1]}, {"contents": [{"role": "system", "parts": []}]},
        {"contents": [{"parts": [{"text": 1}]}]}, {"contents": [{"parts": [{"functionCall": {"args": {}}}]}]},
        {"contents": [{"parts": [{"functionCall": {"name": "f", "args": "x"}}]}]},
        {"contents": [{"parts": [{"inlineData": {"mimeType": "image/png"}}]}]}, {"systemInstruction": 5},
        {"generationConfig": []}, {"generationConfig": {"topK": "x"}}, {"generationConfig": {"maxOutputTokens": 0}},
        {"generationConfig": {"responseSchema": {"type": 5}, "responseMimeType": "application/json"}},
        {"generationConfig": {"responseSchema": {"type": "STRING"}}}, {"tools": {}},
        {"tools": [{"functionDeclarations": [{}]}]},
        {"toolConfig": {"functionCallingConfig": {"mode": "SOME"}}},
    ],
)  # fmt: skip
def test_bad_requests_are_refused(members: dict[str, Any]) -> None:
    with pytest.raises(BadRequest):
        read(**members)


def test_the_signature_of_a_call_travels_in_its_id() -> None:
    given_id = packed("gwcall_1", "ab+/cd==")
    assert "+" not in given_id and "/" not in given_id and "=" not in given_id
    assert unpacked(given_id) == ("", "ab+/cd==")
    call = ToolCall(given_id, "f", "{}")
    request = Request(
        (Message(Role.ASSISTANT, (call,)), Message(Role.USER, (ToolResult(given_id, content=(Text("x"),)),)))
    )
    first, second = written(request)["contents"]
    assert first["parts"] == [{"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "ab+/cd=="}]
    assert second["parts"] == [{"functionResponse": {"name": "f", "response": {"output": "x"}}}]


@given(st.binary(min_size=1), st.sampled_from(["", "theirs"]))
def test_any_signature_survives_the_way_through_an_id(signature: bytes, own: str) -> None:
    text = base64.b64encode(signature).decode()
    assert unpacked(packed(own or "gwcall_x", text)) == (own, text)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Media("image", url="https://e.org/a.png?b=c"),
         {"fileData": {"fileUri": "https://e.org/a.png?b=c", "mimeType": "image/png"}}),
        (Media("file", "text/plain", text="hi"), {"inlineData": {"mimeType": "text/plain", "data": "aGk="}}),
    ],
)  # fmt: skip
def test_media(part: Part, expected: dict[str, Any]) -> None:
    assert written(Request((Message(Role.USER, (part,)),)))["contents"][0]["parts"] == [expected]


def test_thoughts_of_others_stay_behind_and_roles_are_joined() -> None:
    say = Message(Role.ASSISTANT, (Thinking("mine"), Text("")))
    request = Request((PLAIN.messages[0], say, PLAIN.messages[0]))
    assert written(request)["contents"] == [{"role": "user", "parts": [{"text": "hi"}, {"text": "hi"}]}]


@pytest.mark.parametrize(
    ("reasoning", "expected"),
    [
        (Reasoning("none"), {"thinkingBudget": 0}), (Reasoning("low"), {"thinkingLevel": "LOW"}),
        (Reasoning(budget=100, show=True), {"thinkingBudget": 100, "includeThoughts": True}),
        (Reasoning("high", summary="auto"), {"thinkingLevel": "HIGH", "includeThoughts": True}),
    ],
)  # fmt: skip
def test_thinking(reasoning: Reasoning, expected: dict[str, Any]) -> None:
    assert written(replace(PLAIN, reasoning=reasoning))["generationConfig"]["thinkingConfig"] == expected


def test_any_json_object_needs_no_schema() -> None:
    assert written(replace(PLAIN, output=OutputFormat()))["generationConfig"] == {
        "responseMimeType": "application/json"
    }


@pytest.mark.parametrize(
    "change",
    [
        {"parallel_tool_calls": False}, {"candidates": 2}, {"verbosity": "low"},
        {"reasoning": Reasoning("odd")},
    ],
)  # fmt: skip
def test_what_the_provider_cannot_be_told_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedParameter):
        write_request(replace(PLAIN, **change))


@pytest.mark.parametrize(
    "part", [ToolCall("c", "f", "{"), ToolCall("c", "f", "[]"), ToolResult("unknown", content=(Text("x"),))]
)
def test_broken_histories_are_refused(part: Part) -> None:
    with pytest.raises(BadRequest):
        write_request(Request((Message(Role.ASSISTANT, (part,)),)))


def test_tools_are_declared() -> None:
    body = written(replace(PLAIN, tools=(Tool("f"), Tool("g", "d", {"type": "object"}))))
    (declared,) = body["tools"]
    assert declared["functionDeclarations"] == [
        {"name": "f"}, {"name": "g", "description": "d", "parametersJsonSchema": {"type": "object"}},
    ]  # fmt: skip


NAMES = ["contents", "parts", "text", "role", "functionCall", "functionResponse", "name", "args", "response", "tools",
         "functionDeclarations", "parameters", "generationConfig", "responseSchema", "toolConfig", "safetySettings",
         "thought", "inlineData", "mimeType", "data", "systemInstruction", "id", "stopSequences", "type"]  # fmt: skip
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([*NAMES, "user", "model", "OBJECT"]),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner) | st.lists(inner, max_size=3),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(NAMES), HOSTILE))
def test_hostile_requests_raise_nothing_else(body: dict[str, Any]) -> None:
    with suppress(BadRequest):
        write_request(read_request(body, stream=False))
