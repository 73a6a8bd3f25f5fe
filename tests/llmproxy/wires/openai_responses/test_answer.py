"""Whole answers in both directions."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.canonical.answer import Answer, Facts, Finish
from llmproxy.wires.canonical.content import Citation, Media, Part, Refusal, Text, Thinking, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed, WireError
from llmproxy.wires.openai_responses.answer_reading import read_answer
from llmproxy.wires.openai_responses.answer_writing import write_answer
from llmproxy.wires.usage import Usage

FACTS = Facts("resp_1", "public", 7)
USAGE = {
    "input_tokens": 9, "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2}, "output_tokens": 5,
    "output_tokens_details": {"reasoning_tokens": 3}, "total_tokens": 14,
}  # fmt: skip
SOURCE = {"type": "url_citation", "url": "https://e.org", "title": "E", "start_index": 1, "end_index": 2}


def body(*output: Any, status: str | None = "completed", **more: Any) -> dict[str, Any]:
    return {"id": "r", "object": "response", "model": "m", "status": status, "output": list(output), "usage": USAGE,
            "error": None, **more}  # fmt: skip


def said(*content: Any) -> dict[str, Any]:
    return {"type": "message", "id": "msg_1", "role": "assistant", "content": list(content)}


def text(words: str, *annotations: Any) -> dict[str, Any]:
    return {"type": "output_text", "text": words, "annotations": list(annotations)}


CALL = {"type": "function_call", "id": "fc_1", "call_id": "c", "name": "f", "arguments": '{"a":1}'}


def test_a_plain_answer() -> None:
    usage = Usage(input=9, output=5, cached=4, reasoning=3, cache_write=2)
    assert read_answer(body(said(text("hello")))) == Answer("r", "m", (Text("hello"),), Finish.STOP, usage)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (said(text("see", SOURCE)), (Text("see", (Citation("https://e.org", "E", 1, 2),)),)),
        (said(text("see", {"type": "file_citation", "filename": "a.pdf", "file_id": "f", "index": 3})),
         (Text("see", (Citation(title="a.pdf"),)),)),
        (said({"type": "refusal", "refusal": "no"}), (Refusal("no"),)), (CALL, (ToolCall("c", "f", '{"a":1}'),)),
        ({"type": "reasoning", "id": "r", "summary": [{"text": "a"}, {"text": "b"}], "encrypted_content": "AAAA"},
         (Thinking("a\n\nb", id="r"), Thinking(sealed="AAAA", id="r"))),
        ({"type": "reasoning", "id": "r", "summary": []}, (Thinking(id="r"),)),
        ({"type": "image_generation_call", "result": "AAAA"}, (Media("image", "image/png", "AAAA"),)),
        ({"type": "web_search_call"}, ()),
    ],
)  # fmt: skip
def test_every_kind_of_item(item: dict[str, Any], expected: tuple[Part, ...]) -> None:
    assert read_answer(body(item)).content == expected


@pytest.mark.parametrize(
    ("answer", "finish"),
    [
        (body(status=None), Finish.STOP), (body(CALL), Finish.TOOL_CALLS),
        (body(said({"type": "refusal", "refusal": "no"})), Finish.REFUSED),
        (body(CALL, status="incomplete", incomplete_details={"reason": "max_output_tokens"}), Finish.LENGTH),
        (body(status="incomplete", incomplete_details={"reason": "content_filter"}), Finish.FILTERED),
        (body(status="incomplete"), Finish.LENGTH),
    ],
)  # fmt: skip
def test_why_it_stopped(answer: dict[str, Any], finish: Finish) -> None:
    assert read_answer(answer).finish is finish


@pytest.mark.parametrize(("code", "status"), [("rate_limit_exceeded", 429), ("server_error", 502)])
def test_failures_in_spite_of_the_status(code: str, status: int) -> None:
    with pytest.raises(ProviderFailed, match="too much") as caught:
        read_answer(body(status="failed", error={"code": code, "message": "too much"}))
    assert (caught.value.status, caught.value.code) == (status, code)
    with pytest.raises(ProviderFailed):
        read_answer(body(status="cancelled"))


@pytest.mark.parametrize(
    "wrong",
    [{}, {"output": "x"}, body(1), body({"type": "new"}), body({"type": "function_call"}), body(status="in_progress")],
)
def test_anything_else_is_no_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        read_answer(wrong)


def test_what_is_written_is_read_again() -> None:
    content: tuple[Part, ...] = (
        Thinking("hm", "QUJD", id="rs_x"), Thinking("so", id="rs_y"), Thinking(sealed="AAAA", id="rs_y"),
        Text("abc", (Citation("https://e.org", "E", 1, 2),)), Refusal("no"), ToolCall("c", "f", '{"a":1}'),
        Text("d"), Media("image", "image/png", "AAAA"),
    )  # fmt: skip
    answer = Answer("x", "y", content, Finish.TOOL_CALLS, Usage(9, 5, 4, 3, 2))
    told = orjson.loads(write_answer(answer, FACTS))
    assert [each["type"] for each in told["output"]] == [
        "reasoning", "reasoning", "message", "function_call", "message", "image_generation_call",
    ]  # fmt: skip
    assert len({each["id"] for each in told["output"]}) == 6
    assert read_answer(told) == Answer("resp_1", "public", content, Finish.TOOL_CALLS, answer.usage)


def test_the_answer_says_again_what_was_asked() -> None:
    asked = {"tools": [{"type": "function", "name": "f"}], "temperature": 0.5, "store": True, "input": "hi"}
    told = orjson.loads(write_answer(Answer("", "", (Text("x"),), Finish.STOP), Facts("resp_1", "public", 7, asked)))
    assert (told["tools"], told["temperature"], told["tool_choice"]) == (asked["tools"], 0.5, "auto")
    assert (told["store"], told["previous_response_id"], told["object"]) == (False, None, "response")
    assert "input" not in told


@pytest.mark.parametrize(
    ("finish", "content", "status", "reason"),
    [
        (Finish.STOP, (), "completed", None), (Finish.TOOL_CALLS, (), "completed", None),
        (Finish.LENGTH, (), "incomplete", "max_output_tokens"), (Finish.FILTERED, (), "incomplete", "content_filter"),
        (Finish.REFUSED, (), "incomplete", "content_filter"), (Finish.REFUSED, (Refusal("no"),), "completed", None),
    ],
)  # fmt: skip
def test_finishes_are_written_as_a_status(
    finish: Finish, content: tuple[Part, ...], status: str, reason: str | None
) -> None:
    told = orjson.loads(write_answer(Answer("", "", content, finish), FACTS))
    assert (told["status"], told["incomplete_details"]) == (status, {"reason": reason} if reason else None)


@pytest.mark.parametrize(
    "part", [ToolResult("c"), Media("audio", "audio/wav", "AAAA"), Media("image", url="https://e")]
)
def test_what_it_cannot_show_is_a_bad_answer(part: Part) -> None:
    with pytest.raises(BadAnswer):
        write_answer(Answer("", "", (part,), Finish.STOP), FACTS)


NAMES = ["output", "type", "content", "text", "refusal", "annotations", "summary", "encrypted_content", "id", "call_id",
         "name", "arguments", "status", "incomplete_details", "reason", "error", "usage", "start_index"]  # fmt: skip
WORDS = ["message", "function_call", "reasoning", "output_text", "completed", "incomplete", "image_generation_call"]
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.sampled_from([*NAMES, *WORDS]),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner) | st.lists(inner, max_size=2),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(NAMES), HOSTILE), HOSTILE)
def test_hostile_answers_raise_nothing_but_their_own_errors(hostile: dict[str, Any], item: Any) -> None:
    for told in (hostile, {"output": [item]}, {"output": [hostile]}):
        with suppress(WireError):
            write_answer(read_answer(told), FACTS)
