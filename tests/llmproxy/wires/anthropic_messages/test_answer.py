"""Whole answers in both directions."""

from typing import Any

import orjson
import pytest

from llmproxy.wires.anthropic_messages.answer_reading import read_answer
from llmproxy.wires.anthropic_messages.answer_writing import write_answer
from llmproxy.wires.canonical.answer import Answer, Facts, Finish
from llmproxy.wires.canonical.content import Citation, Media, Part, Refusal, Text, Thinking, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadAnswer
from llmproxy.wires.usage import Usage

FACTS = Facts("msg_1", "public", 1)
USAGE = {"input_tokens": 3, "cache_read_input_tokens": 4, "cache_creation_input_tokens": 2, "output_tokens": 5,
         "output_tokens_details": {"thinking_tokens": 3}}  # fmt: skip


def body(*blocks: Any, stop: str = "end_turn", **more: Any) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "id": "m", "model": "claude", "content": list(blocks),
            "stop_reason": stop, "stop_sequence": None, "usage": USAGE, **more}  # fmt: skip


def test_a_plain_answer() -> None:
    usage = Usage(input=9, output=5, cached=4, reasoning=3, cache_write=2)
    answer = read_answer(body({"type": "text", "text": "hello"}))
    assert answer == Answer("m", "claude", (Text("hello"),), Finish.STOP, usage)


WEB = {"type": "web_search_result_location", "url": "https://e.org", "title": "E", "encrypted_index": "x",
       "cited_text": "quoted"}  # fmt: skip
PLACE = {"type": "char_location", "document_index": 0, "document_title": "D", "start_char_index": 4,
         "end_char_index": 9, "cited_text": "quoted"}  # fmt: skip


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "text", "text": "x", "citations": None}, Text("x")),
        ({"type": "text", "text": "x", "citations": [WEB, PLACE, 5]},
         Text("x", (Citation("https://e.org", "E", quote="quoted"), Citation("", "D", quote="quoted")))),
        ({"type": "thinking", "thinking": "hm", "signature": "s"}, Thinking("hm", "s")),
        ({"type": "redacted_thinking", "data": "d"}, Thinking(sealed="d")),
        ({"type": "tool_use", "id": "c", "name": "f", "input": {"a": 1}}, ToolCall("c", "f", '{"a":1}')),
    ],
)  # fmt: skip
def test_every_kind_of_block(block: dict[str, Any], expected: Part) -> None:
    assert read_answer(body(block)).content == (expected,)


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("end_turn", Finish.STOP), ("max_tokens", Finish.LENGTH), ("model_context_window_exceeded", Finish.LENGTH),
     ("tool_use", Finish.TOOL_CALLS), ("pause_turn", Finish.PAUSED), ("refusal", Finish.REFUSED),
     ("something_new", Finish.STOP)],
)  # fmt: skip
def test_why_it_stopped(reason: str, finish: Finish) -> None:
    assert read_answer(body(stop=reason)).finish is finish


def test_a_stop_sequence_and_a_refusal_are_told_in_words() -> None:
    answer = read_answer(body(stop="stop_sequence", stop_sequence="END"))
    assert (answer.finish, answer.stop_sequence) == (Finish.STOP_SEQUENCE, "END")
    details = {"type": "refusal", "category": "cyber", "explanation": "no"}
    assert read_answer(body(stop="refusal", stop_details=details)).content == (Refusal("no"),)


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"type": "message"}, {"type": "message", "content": "x"}, body(5), body({"type": "server_tool_use"}),
        body({"type": "tool_use", "id": "c"}), body({"type": "tool_use", "id": "c", "name": "f", "input": "x"}),
    ],
)  # fmt: skip
def test_anything_else_is_no_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        read_answer(wrong)


def test_what_is_written_is_read_again() -> None:
    content: tuple[Part, ...] = (
        Thinking("hm", "s"), Thinking(sealed="d"), Text("abc", (Citation("https://e.org", "E", quote="q"),)),
        Text("d", (Citation("", "D", quote="q"),)), ToolCall("c", "f", '{"a":1}'),
    )  # fmt: skip
    usage = Usage(9, 5, 4, 3, 2)
    raw = write_answer(Answer("x", "y", content, Finish.TOOL_CALLS, usage), FACTS)
    assert read_answer(orjson.loads(raw)) == Answer("msg_1", "public", content, Finish.TOOL_CALLS, usage)


@pytest.mark.parametrize(
    ("finish", "sequence", "reason"),
    [(Finish.STOP, "", "end_turn"), (Finish.STOP_SEQUENCE, "END", "stop_sequence"), (Finish.FILTERED, "", "refusal"),
     (Finish.STOP_SEQUENCE, "", "end_turn"), (Finish.LENGTH, "", "max_tokens"), (Finish.PAUSED, "", "pause_turn")],
)  # fmt: skip
def test_finishes_are_written_in_the_apis_words(finish: Finish, sequence: str, reason: str) -> None:
    told = orjson.loads(write_answer(Answer("", "", (Refusal("no"), Text("")), finish, None, sequence), FACTS))
    assert (told["stop_reason"], told["stop_sequence"]) == (reason, sequence or None)
    assert told["content"] == [{"type": "text", "text": "no"}]
    assert told["usage"]["input_tokens"] == told["usage"]["output_tokens"] == 0


@pytest.mark.parametrize("part", [ToolCall("c", "f", "{"), ToolResult("c"), Media("image", "image/png", "AAAA")])
def test_what_it_cannot_show_is_a_bad_answer(part: Part) -> None:
    with pytest.raises(BadAnswer):
        write_answer(Answer("", "", (part,), Finish.STOP), FACTS)
