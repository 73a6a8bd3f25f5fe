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
from llmproxy.wires.openai_chat.answer_reading import read_answer
from llmproxy.wires.openai_chat.answer_writing import write_answer
from llmproxy.wires.usage import Usage

FACTS = Facts("id-1", "public", 7)
USAGE = {
    "prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14,
    "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
    "completion_tokens_details": {"reasoning_tokens": 3},
}  # fmt: skip


def body(finish: str | None = "stop", **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return {"id": "r", "object": "chat.completion", "model": "m", "choices": [choice], "usage": USAGE}


def call(name: str = "f", arguments: str = "{}") -> dict[str, Any]:
    return {"id": "c", "type": "function", "function": {"name": name, "arguments": arguments}}


def test_a_plain_answer() -> None:
    usage = Usage(input=9, output=5, cached=4, reasoning=3, cache_write=2)
    assert read_answer(body(content="hello")) == Answer("r", "m", (Text("hello"),), Finish.STOP, usage)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"content": None, "refusal": "no"}, (Refusal("no"),)),
        ({"content": "x", "reasoning_content": "hm"}, (Thinking("hm"), Text("x"))),
        ({"content": "x", "reasoning": "hm"}, (Thinking("hm"), Text("x"))),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "x"},
                      {"type": "refusal", "refusal": "no"}]}, (Thinking("hm"), Text("x"), Refusal("no"))),
        ({"content": "", "tool_calls": [call(), call("g", "")]}, (ToolCall("c", "f", "{}"), ToolCall("c", "g", "{}"))),
        ({"content": "", "images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]},
         (Media("image", "image/png", "AAAA"),)),
        ({"content": "see", "annotations": [
            {"type": "url_citation", "url_citation": {"url": "https://e.org", "title": "E", "start_index": 0,
                                                      "end_index": 3}}, {"type": "new"}]},
         (Text("see", (Citation("https://e.org", "E", 0, 3),)),)),
    ],
)  # fmt: skip
def test_every_kind_of_part(message: dict[str, Any], expected: tuple[Part, ...]) -> None:
    assert read_answer(body(**message)).content == expected


@pytest.mark.parametrize(
    ("reason", "message", "finish"),
    [
        ("stop", {}, Finish.STOP), (None, {}, Finish.STOP), ("eos", {}, Finish.STOP), ("length", {}, Finish.LENGTH),
        ("content_filter", {}, Finish.FILTERED), ("stop", {"refusal": "no"}, Finish.REFUSED),
        ("tool_calls", {"tool_calls": [call()]}, Finish.TOOL_CALLS),
        ("stop", {"tool_calls": [call()]}, Finish.TOOL_CALLS),
        ("length", {"tool_calls": [call()]}, Finish.LENGTH),
    ],
)  # fmt: skip
def test_why_it_stopped(reason: str | None, message: dict[str, Any], finish: Finish) -> None:
    assert read_answer(body(reason, **message)).finish is finish


@pytest.mark.parametrize(
    ("failed", "status"),
    [
        ({"error": {"message": "too much", "code": 429}}, 429), ({"error": "too much"}, 502),
        ({"error": {"message": "too much", "code": "x"}}, 502),
    ],
)  # fmt: skip
def test_failures_in_spite_of_the_status(failed: dict[str, Any], status: int) -> None:
    with pytest.raises(ProviderFailed, match="too much") as caught:
        read_answer(failed)
    assert caught.value.status == status
    with pytest.raises(ProviderFailed):
        read_answer(body("error"))


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"choices": "x"}, {"choices": [1]}, {"choices": []}, {"choices": [{"message": "x"}]},
        body(tool_calls="x"), body(tool_calls=[1]), body(tool_calls=[{"id": "c"}]), body(tool_calls=[call("")]),
    ],
)  # fmt: skip
def test_anything_else_is_no_answer(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer):
        read_answer(wrong)


def test_what_is_written_is_read_again() -> None:
    content: tuple[Part, ...] = (
        Thinking("hm", "sig", id="i"), Thinking(sealed="AAAA"),
        Text("abc", (Citation("https://e.org", "E", 1, 2, "q"),)),
        ToolCall("c", "f", '{"a":1}'),
    )  # fmt: skip
    answer = Answer("x", "y", content, Finish.TOOL_CALLS, Usage(9, 5, 4, 3, 2))
    raw = write_answer(answer, FACTS)
    told = orjson.loads(raw)
    assert (told["object"], told["created"], told["usage"]) == ("chat.completion", 7, USAGE)
    pictured = Answer("x", "y", (Text("see"), Media("image", "image/png", "AAAA")), Finish.STOP)
    assert read_answer(told) == Answer("id-1", "public", content, Finish.TOOL_CALLS, answer.usage)
    assert read_answer(orjson.loads(write_answer(pictured, FACTS))).content == pictured.content


def test_several_texts_are_one_and_their_citations_move_along() -> None:
    content = (Text("ab", (Citation("u"),)), Text("cd", (Citation("v", start=1, end=2),)))
    message = orjson.loads(write_answer(Answer("", "", content, Finish.STOP), FACTS))["choices"][0]["message"]
    assert message["content"] == "abcd"
    places = [
        (each["url_citation"]["start_index"], each["url_citation"]["end_index"]) for each in message["annotations"]
    ]
    assert places == [(0, 2), (3, 4)]


@pytest.mark.parametrize(
    ("finish", "content", "reason"),
    [
        (Finish.STOP, (), "stop"), (Finish.STOP_SEQUENCE, (), "stop"), (Finish.PAUSED, (), "stop"),
        (Finish.LENGTH, (), "length"), (Finish.TOOL_CALLS, (), "tool_calls"), (Finish.FILTERED, (), "content_filter"),
        (Finish.REFUSED, (), "content_filter"), (Finish.REFUSED, (Refusal("no"),), "stop"),
    ],
)  # fmt: skip
def test_finishes_are_written_in_openais_words(finish: Finish, content: tuple[Part, ...], reason: str) -> None:
    told = orjson.loads(write_answer(Answer("", "", content, finish), FACTS))
    assert told["choices"][0]["finish_reason"] == reason
    assert "usage" not in told


@pytest.mark.parametrize("part", [ToolResult("c"), Media("audio", "audio/wav", "AAAA")])
def test_what_it_cannot_show_is_a_bad_answer(part: Part) -> None:
    with pytest.raises(BadAnswer):
        write_answer(Answer("", "", (part,), Finish.STOP), FACTS)


NAMES = ["choices", "message", "content", "tool_calls", "function", "name", "arguments", "annotations", "url_citation",
         "start_index", "refusal", "images", "image_url", "url", "finish_reason", "usage", "error", "code",
         "reasoning_details", "type", "thinking", "text"]  # fmt: skip
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.sampled_from([*NAMES, "stop", "reasoning.text"]),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner) | st.lists(inner, max_size=2),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(NAMES), HOSTILE), HOSTILE)
def test_hostile_answers_raise_nothing_but_their_own_errors(hostile: dict[str, Any], message: Any) -> None:
    for told in (hostile, {"choices": [{"message": message}]}, {"choices": [{"message": hostile}]}):
        with suppress(WireError):
            write_answer(read_answer(told), FACTS)
