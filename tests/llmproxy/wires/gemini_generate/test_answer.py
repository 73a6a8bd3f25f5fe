"""Whole answers in both directions."""

from typing import Any

import orjson
import pytest

from llmproxy.wires.canonical.answer import Answer, Facts, Finish
from llmproxy.wires.canonical.content import Citation, Media, Part, Refusal, Text, Thinking, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed
from llmproxy.wires.gemini_generate.answer_reading import read_answer
from llmproxy.wires.gemini_generate.answer_writing import write_answer
from llmproxy.wires.gemini_generate.call_ids import unpacked
from llmproxy.wires.usage import Usage

FACTS = Facts("id-1", "public", 1)
USAGE = {"promptTokenCount": 9, "candidatesTokenCount": 2, "thoughtsTokenCount": 3, "cachedContentTokenCount": 4,
         "totalTokenCount": 14}  # fmt: skip


def body(*parts: dict[str, Any], finish: str = "STOP", **more: Any) -> dict[str, Any]:
    candidate = {"content": {"parts": list(parts), "role": "model"}, "finishReason": finish, "index": 0, **more}
    return {"candidates": [candidate], "usageMetadata": USAGE, "responseId": "r", "modelVersion": "gemini-x"}


def test_a_plain_answer() -> None:
    answer = read_answer(body({"text": "hello"}))
    usage = Usage(input=9, output=5, cached=4, reasoning=3)
    assert answer == Answer("r", "gemini-x", (Text("hello"),), Finish.STOP, usage)


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"text": "hm", "thought": True, "thoughtSignature": "QUJD"}, Thinking("hm", "QUJD")),
        ({"text": "x", "thoughtSignature": "QUJD"}, Text("x", signature="QUJD")),
        ({"inlineData": {"mimeType": "image/png", "data": "AAAA"}}, Media("image", "image/png", "AAAA")),
        ({"fileData": {"mimeType": "audio/wav", "fileUri": "gs://b/k"}}, Media("audio", "audio/wav", url="gs://b/k")),
        ({"executableCode": {"language": "PYTHON", "code": "1"}}, Text("\n```python\n1\n```\n")),
        ({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1"}}, Text("\n```\n1\n```\n")),
        ({"functionCall": {"id": "c", "name": "f", "args": {"a": 1}}}, ToolCall("c", "f", '{"a":1}')),
    ],
)  # fmt: skip
def test_every_kind_of_part(part: dict[str, Any], expected: Part) -> None:
    assert read_answer(body(part)).content == (expected,)


def test_calls_end_the_turn_and_get_ids_of_their_own() -> None:
    call = {"functionCall": {"name": "f"}}
    answer = read_answer(body({**call, "thoughtSignature": "QUJD"}, call))
    assert answer.finish is Finish.TOOL_CALLS
    first, second = (part for part in answer.content if isinstance(part, ToolCall))
    assert (unpacked(first.id), unpacked(second.id)) == (("", "QUJD"), ("", ""))
    assert first.id.partition("__")[0] != second.id
    assert read_answer(body(call)).content != read_answer({**body(call), "responseId": "s"}).content


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("MAX_TOKENS", Finish.LENGTH), ("SAFETY", Finish.FILTERED), ("RECITATION", Finish.FILTERED),
     ("SOMETHING_NEW", Finish.FILTERED)],
)  # fmt: skip
def test_why_it_stopped(reason: str, finish: Finish) -> None:
    assert read_answer(body({"text": "x"}, finish=reason)).finish is finish
    assert read_answer({"candidates": [{"finishReason": reason}]}) == Answer("", "", (), finish)


def test_a_blocked_prompt_is_an_empty_filtered_answer() -> None:
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 3}}
    assert read_answer(blocked) == Answer("", "", (), Finish.FILTERED, Usage(3))


def test_malformed_calls_are_failures() -> None:
    with pytest.raises(ProviderFailed, match="bad call"):
        read_answer(body(finish="MALFORMED_FUNCTION_CALL", finishMessage="bad call"))


GROUNDING = {
    "groundingChunks": [{"web": {"uri": "https://e.org", "title": "E"}}],
    "groundingSupports": [{"segment": {"startIndex": 4, "endIndex": 7}, "groundingChunkIndices": [0, 9, "x"]}],
}


def test_grounding_becomes_citations_counted_in_characters() -> None:
    (part,) = read_answer(body({"text": "äö abc"}, groundingMetadata=GROUNDING)).content
    assert part == Text("äö abc", (Citation("https://e.org", "E", 2, 5),))
    told = {"citationSources": [{"uri": "https://f.org", "endIndex": 2}]}
    (part,) = read_answer(body({"text": "äö abc"}, citationMetadata=told)).content
    assert part == Text("äö abc", (Citation("https://f.org", "", 0, 1),))


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"candidates": "x"}, {"candidates": [1]}, {"candidates": [{"content": {"parts": [1]}}]},
        {"candidates": [{"content": {"parts": "x"}}]}, body({"unheardOf": {}}), body({"functionCall": {"args": {}}}),
        body({"functionCall": {"name": "f", "args": "x"}}),
    ],
)  # fmt: skip
def test_anything_else_is_no_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        read_answer(wrong)


def test_what_is_written_is_read_again() -> None:
    content: tuple[Part, ...] = (
        Thinking("hm", "QUJD"), Text("äö abc", (Citation("https://e.org", "E", 2, 5),)),
        ToolCall("c", "f", '{"a":1}'), Media("image", "image/png", "AAAA"),
    )  # fmt: skip
    answer = Answer("x", "y", content, Finish.TOOL_CALLS, Usage(9, 5, 4, 3))
    raw = write_answer(answer, FACTS)
    assert read_answer(orjson.loads(raw)) == Answer("id-1", "public", content, Finish.TOOL_CALLS, answer.usage)


@pytest.mark.parametrize(
    ("finish", "reason"),
    [(Finish.STOP, "STOP"), (Finish.TOOL_CALLS, "STOP"), (Finish.LENGTH, "MAX_TOKENS"), (Finish.REFUSED, "SAFETY")],
)
def test_finishes_are_written_in_googles_words(finish: Finish, reason: str) -> None:
    told = orjson.loads(write_answer(Answer("", "", (Refusal("no"),), finish), FACTS))
    assert told["candidates"][0]["finishReason"] == reason
    assert "usageMetadata" not in told


@pytest.mark.parametrize("part", [ToolCall("c", "f", "{"), ToolResult("c")])
def test_what_it_cannot_show_is_a_bad_answer(part: Part) -> None:
    with pytest.raises(BadAnswer):
        write_answer(Answer("", "", (part,), Finish.STOP), FACTS)
