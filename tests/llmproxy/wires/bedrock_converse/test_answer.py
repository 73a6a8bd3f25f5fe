"""Whole answers, held against the shapes that AWS publishes before we read them."""

from typing import Any

import pytest

from llmproxy.wires.bedrock_converse.answer import read_answer
from llmproxy.wires.canonical.answer import Answer, Finish
from llmproxy.wires.canonical.content import Citation, Media, Part, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed
from llmproxy.wires.usage import Usage
from tests.aws_shapes import faults

USAGE = {
    "inputTokens": 10, "outputTokens": 5, "totalTokens": 23, "cacheReadInputTokens": 6, "cacheWriteInputTokens": 2,
}  # fmt: skip


def body(*content: dict[str, Any], stop: str = "end_turn") -> dict[str, Any]:
    message = {"role": "assistant", "content": list(content)}
    return {"output": {"message": message}, "stopReason": stop, "usage": USAGE, "metrics": {"latencyMs": 1}}


def read(answer: dict[str, Any]) -> Answer:
    assert faults("bedrock-runtime", "ConverseResponse", answer) == []
    return read_answer(answer)


def test_a_plain_answer_with_its_usage() -> None:
    answer = read(body({"text": "hello"}))
    assert (answer.content, answer.finish) == ((Text("hello"),), Finish.STOP)
    assert answer.usage == Usage(input=18, output=5, cached=6, cache_write=2)


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"toolUse": {"toolUseId": "t", "name": "f", "input": {"a": 1}}}, ToolCall("t", "f", '{"a":1}')),
        ({"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}}, Thinking("hm", "s")),
        ({"reasoningContent": {"redactedContent": "AAAA"}}, Thinking(sealed="AAAA")),
        ({"image": {"format": "webp", "source": {"bytes": "AAAA"}}}, Media("image", "image/webp", "AAAA")),
        (
            {"citationsContent": {"content": [{"text": "so"}], "citations": [
                {"title": "T", "sourceContent": [{"text": "q"}], "location": {"web": {"url": "https://e.org"}}}]}},
            Text("so", (Citation("https://e.org", "T", quote="q"),)),
        ),
    ],
)  # fmt: skip
def test_every_kind_of_block(block: dict[str, Any], part: Part) -> None:
    assert read(body(block)).content == (part,)


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("tool_use", Finish.TOOL_CALLS), ("max_tokens", Finish.LENGTH), ("stop_sequence", Finish.STOP_SEQUENCE),
        ("guardrail_intervened", Finish.FILTERED), ("content_filtered", Finish.FILTERED),
        ("model_context_window_exceeded", Finish.LENGTH),
    ],
)  # fmt: skip
def test_why_it_stopped(reason: str, finish: Finish) -> None:
    assert read(body({"text": "x"}, stop=reason)).finish is finish


def test_what_a_guardrail_shows_is_no_part_of_the_answer() -> None:
    assert read(body({"guardContent": {"text": {"text": "x"}}}, stop="guardrail_intervened")).content == ()


@pytest.mark.parametrize("reason", ["malformed_model_output", "malformed_tool_use"])
def test_malformed_output_is_a_failure(reason: str) -> None:
    with pytest.raises(ProviderFailed):
        read_answer(body(stop=reason))


@pytest.mark.parametrize(
    "wrong",
    [{}, {"output": []}, {"output": {"message": {"content": "x"}}}, body({"new": {}}), body(1)],  # type: ignore[arg-type]
)
def test_anything_else_is_no_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        read_answer(wrong)


def test_missing_usage_is_none_and_nonsense_counts_nothing() -> None:
    assert read_answer({**body(), "usage": None}).usage is None
    assert read_answer({**body(), "usage": {"inputTokens": "x", "outputTokens": -1}}).usage == Usage()
