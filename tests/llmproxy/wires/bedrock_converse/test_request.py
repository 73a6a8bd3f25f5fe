"""Every request that we write holds against the shapes that AWS publishes; what Converse cannot say is refused."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.bedrock_converse.request import write_request
from llmproxy.wires.canonical.content import Media, Message, Part, Role, Text, Thinking, Tool, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter
from llmproxy.wires.canonical.request import Choice, OutputFormat, Reasoning, Request, ToolChoice
from tests.aws_shapes import faults

PNG = "iVBORw0KGgo="
HI = Message(Role.USER, (Text("hi"),))
WEATHER = Tool("weather", "Tells it", {"type": "object", "properties": {"city": {"type": "string"}}}, strict=True)


def written(request: Request) -> dict[str, Any]:
    body = write_request(request)
    assert faults("bedrock-runtime", "ConverseStreamRequest", body, absent=frozenset({"modelId"})) == []
    return body


def of(*parts: Part, role: Role = Role.USER) -> Request:
    return Request((Message(role, parts),))


FULL = Request(
    (
        Message(Role.USER, (
            Text("look", cache="1h"), Media("image", "image/png", PNG),
            Media("file", "application/pdf", PNG, name="a_b  c.pdf"),
        )),
        Message(Role.ASSISTANT, (
            Thinking("hm", "sig"), Thinking(sealed=PNG), Text("I call"), ToolCall("t1", "weather", '{"city":"Rome"}'),
        )),
        Message(Role.USER, (
            ToolResult("t1", "weather", (Text("sunny"), Media("image", "image/jpeg", PNG)), is_error=True),
        )),
        Message(Role.USER, (Text("and?"),)),
    ),
    system=(Text("be brief", cache="5m"),),
    tools=(WEATHER, Tool("other", cache="5m")),
    tool_choice=ToolChoice(Choice.ANY),
    output=OutputFormat({"type": "object"}, "thing", "a thing", strict=True),
    reasoning=Reasoning("high", budget=2000),
    max_tokens=100, temperature=0.5, top_p=1, stop=("END",), parallel_tool_calls=True, candidates=1,
)  # fmt: skip


def test_everything_that_converse_can_say() -> None:
    body = written(FULL)
    first, second, third = body["messages"]
    assert first["content"] == [
        {"text": "look"}, {"cachePoint": {"type": "default", "ttl": "1h"}},
        {"image": {"format": "png", "source": {"bytes": PNG}}},
        {"document": {"format": "pdf", "name": "a b c", "source": {"bytes": PNG}}},
    ]  # fmt: skip
    assert second["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
        {"reasoningContent": {"redactedContent": PNG}}, {"text": "I call"},
        {"toolUse": {"toolUseId": "t1", "name": "weather", "input": {"city": "Rome"}}},
    ]  # fmt: skip
    result = {"text": "sunny"}, {"image": {"format": "jpeg", "source": {"bytes": PNG}}}
    assert third["content"] == [
        {"toolResult": {"toolUseId": "t1", "status": "error", "content": [*result]}}, {"text": "and?"},
    ]  # fmt: skip
    assert body["system"] == [{"text": "be brief"}, {"cachePoint": {"type": "default"}}]
    assert body["inferenceConfig"] == {"maxTokens": 100, "temperature": 0.5, "topP": 1, "stopSequences": ["END"]}
    assert [next(iter(each)) for each in body["toolConfig"]["tools"]] == ["toolSpec", "toolSpec", "cachePoint"]
    assert body["toolConfig"]["toolChoice"] == {"any": {}}
    assert body["outputConfig"]["effort"] == "high"
    assert body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"] == '{"type":"object"}'
    assert body["additionalModelRequestFields"] == {"thinking": {"type": "enabled", "budget_tokens": 2000}}


def test_a_plain_request_says_nothing_more_than_it_must() -> None:
    assert written(Request((HI,))) == {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}


def test_thoughts_that_the_service_did_not_sign_and_blank_texts_stay_behind() -> None:
    thoughts = Message(Role.ASSISTANT, (Thinking("mine"), Thinking(sealed="not base64!"), Text(" "), Text("ok")))
    assert written(Request((HI, thoughts)))["messages"][1]["content"] == [{"text": "ok"}]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        (ToolChoice(), {"auto": {}}),
        (ToolChoice(Choice.ONE, "weather"), {"tool": {"name": "weather"}}),
    ],
)
def test_tool_choices(choice: ToolChoice | None, expected: object) -> None:
    body = written(Request((HI,), tools=(WEATHER,), tool_choice=choice))
    assert body["toolConfig"].get("toolChoice") == expected


def test_no_tools_at_all_where_none_may_be_called() -> None:
    none = ToolChoice(Choice.NONE)
    assert "toolConfig" not in written(Request((HI,), tools=(WEATHER,), tool_choice=none))
    with pytest.raises(UnsupportedParameter, match="tool_choice"):
        write_request(replace(FULL, tool_choice=none))


@pytest.mark.parametrize(
    ("reasoning", "expected"),
    [
        (Reasoning(budget=0), {"type": "disabled"}),
        (Reasoning("none"), {"type": "disabled"}),
        (Reasoning(budget=-1), {"type": "adaptive"}),
    ],
)
def test_thinking_switched_off_or_left_to_the_model(reasoning: Reasoning, expected: object) -> None:
    body = written(Request((HI,), reasoning=reasoning))
    assert body["additionalModelRequestFields"]["thinking"] == expected


def test_a_document_of_plain_text_and_one_in_s3() -> None:
    body = written(
        of(Media("file", "text/plain", text="words"), Media("image", "image/gif", url="s3://bucket/key.gif"))
    )
    assert body["messages"][0]["content"] == [
        {"document": {"source": {"text": "words"}, "format": "txt", "name": "document"}},
        {"image": {"source": {"s3Location": {"uri": "s3://bucket/key.gif"}}, "format": "gif"}},
    ]


@given(st.text(min_size=1, max_size=100))
def test_any_id_of_a_call_matches_the_id_of_its_result(given_id: str) -> None:
    call = Message(Role.ASSISTANT, (ToolCall(given_id, "t"),))
    body = written(Request((HI, call, Message(Role.USER, (ToolResult(given_id),)))))
    use, result = body["messages"][1]["content"][0]["toolUse"], body["messages"][2]["content"][0]["toolResult"]
    assert use["toolUseId"] == result["toolUseId"]


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1}, {"top_k": 5}, {"frequency_penalty": 0.1}, {"logprobs": 1}, {"parallel_tool_calls": False},
        {"candidates": 2}, {"temperature": 1.5}, {"top_p": -0.1}, {"output": OutputFormat()}, {"verbosity": "low"},
        {"reasoning": Reasoning("odd")}, {"tools": (Tool("a b"),)},
    ],
)  # fmt: skip
def test_what_it_cannot_say_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedParameter):
        write_request(replace(Request((HI,)), **change))


@pytest.mark.parametrize(
    "part",
    [
        Media("image", "image/png", url="https://example.org/a.png"), Media("image", "image/tiff", PNG),
        Media("image", "image/png", "not base64!"), Media("video", "video/mp4", PNG), Media("file", "x/y", PNG),
    ],
)  # fmt: skip
def test_media_without_a_counterpart_are_refused(part: Media) -> None:
    with pytest.raises(UnsupportedParameter):
        write_request(of(part))
    with pytest.raises(UnsupportedParameter):
        write_request(of(Media("image", "image/png", PNG), role=Role.ASSISTANT))


@pytest.mark.parametrize("arguments", ["{", "[]", '"x"'])
def test_arguments_that_are_no_object_are_refused(arguments: str) -> None:
    with pytest.raises(BadRequest, match="'weather'"):
        write_request(of(ToolCall("t", "weather", arguments), role=Role.ASSISTANT))
