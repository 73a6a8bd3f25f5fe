"""Streams in both directions, in pieces of any size."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.canonical.answer import (
    Cited,
    Delta,
    Event,
    Facts,
    Finish,
    Finished,
    PartEnded,
    PartStarted,
    Signed,
    Started,
)
from llmproxy.wires.canonical.content import Citation, Media, Refusal, Text, Thinking, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed, WireError
from llmproxy.wires.openai_chat.stream_parser import Parser
from llmproxy.wires.openai_chat.stream_renderer import Renderer
from llmproxy.wires.usage import Usage

FACTS = Facts("r", "public", 7)
ASKED = Facts("r", "public", 7, {"stream_options": {"include_usage": True}})


def told(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "r", "model": "m", "object": "chat.completion.chunk", "created": 7, "choices": [choice]}


def called(index: int | None, arguments: str = "", **more: Any) -> dict[str, Any]:
    name = {"name": more.pop("name")} if "name" in more else {}
    call = {"index": index, "function": {"arguments": arguments, **name}, **more}
    return told(tool_calls=[{key: value for key, value in call.items() if value is not None}])


SOURCE = {
    "type": "url_citation",
    "url_citation": {"url": "https://e.org", "title": "E", "start_index": 0, "end_index": 2},
}
USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
CHUNKS: list[dict[str, Any]] = [
    told(role="assistant", content=""), told(reasoning_content="h"), told(reasoning_content="m"),
    told(content="hel"), told(content="lo"), told(annotations=[SOURCE]),
    called(0, id="c", type="function", name="f"), called(0, '{"a"'), called(0, ":1}"),
    called(1, "{}", id="d", type="function", name="g"),
    told("tool_calls"), {"id": "r", "choices": [], "usage": USAGE},
]  # fmt: skip
EVENTS: list[Event] = [
    Started("r", "m"),
    PartStarted(0, Thinking()), Delta(0, "h"), Delta(0, "m"), PartEnded(0),
    PartStarted(1, Text("")), Delta(1, "hel"), Delta(1, "lo"), Cited(1, Citation("https://e.org", "E", 0, 2)),
    PartEnded(1),
    PartStarted(2, ToolCall("c", "f")), Delta(2, '{"a"'), Delta(2, ":1}"), PartEnded(2),
    PartStarted(3, ToolCall("d", "g")), Delta(3, "{}"), PartEnded(3),
    Finished(Finish.TOOL_CALLS, Usage(3, 4)),
]  # fmt: skip


def sse(chunks: list[Any], done: bool = True) -> bytes:
    return b"".join(b"data: " + orjson.dumps(each) + b"\n\n" for each in chunks) + b"data: [DONE]\n\n" * done


def parsed(raw: bytes, size: int = 1 << 20) -> tuple[list[Event], Parser]:
    parser = Parser()
    events = [each for start in range(0, len(raw), size) for each in parser.feed(raw[start : start + size])]
    return [*events, *parser.close()], parser


def rendered(events: list[Event], facts: Facts = FACTS) -> bytes:
    renderer = Renderer(facts)
    return b"".join([*(renderer.feed(event) for event in events), renderer.close()])


def chunks_of(raw: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(each) for each in raw.split(b"data: ")[1:-1]]


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
def test_a_stream_in_pieces_of_any_size(size: int) -> None:
    events, parser = parsed(b": hello\r\n\r\n" + sse(CHUNKS), size)
    assert events == EVENTS
    assert (parser.complete, parser.usage) == (True, Usage(3, 4))


@pytest.mark.parametrize("raw", [sse(CHUNKS).rstrip(), sse(CHUNKS, done=False), sse(CHUNKS) + sse(CHUNKS)])
def test_its_end_may_be_cut_or_overrun(raw: bytes) -> None:
    assert parsed(raw)[0] == EVENTS


def test_a_stream_that_does_not_say_why_it_ended_is_not_complete() -> None:
    events, parser = parsed(sse(CHUNKS[:-2], done=False))
    assert (events, parser.complete) == (EVENTS[:-2], False)
    events, parser = parsed(sse(CHUNKS[:4]))
    assert (events[-1], parser.complete) == (Finished(Finish.STOP), True)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([told(refusal="n"), told(refusal="o")], [PartStarted(0, Refusal("")), Delta(0, "n"), Delta(0, "o")]),
        ([told(reasoning="h", reasoning_content="h"), told(reasoning="m")],
         [PartStarted(0, Thinking()), Delta(0, "h"), Delta(0, "m")]),
        ([told(content=[{"type": "thinking", "thinking": [{"text": "h"}]}])],
         [PartStarted(0, Thinking()), Delta(0, "h")]),
        ([told(reasoning="h", reasoning_details=[{"type": "reasoning.text", "text": "h"}]),
          told(reasoning_details=[{"type": "reasoning.text", "signature": "s"}])],
         [PartStarted(0, Thinking()), Delta(0, "h"), Signed(0, "s")]),
        ([told(reasoning_details=[{"type": "reasoning.text", "text": "h", "signature": "s"}])],
         [PartStarted(0, Thinking()), Delta(0, "h"), Signed(0, "s")]),
        ([told(reasoning_details=[{"type": "reasoning.text", "signature": "s"}])],
         [PartStarted(0, Thinking()), Signed(0, "s")]),
        ([told(reasoning_details=[{"type": "reasoning.encrypted", "data": "A"}])],
         [PartStarted(0, Thinking(sealed="A"))]),
        ([told(images=[{"image_url": {"url": "https://e.org/a"}}])],
         [PartStarted(0, Media("image", url="https://e.org/a"))]),
    ],
)  # fmt: skip
def test_other_kinds_of_deltas(chunks: list[Any], expected: list[Event]) -> None:
    assert parsed(sse(chunks))[0][1:-2] == expected


def test_calls_without_a_place_or_all_at_one_are_told_apart_by_their_ids() -> None:
    for place in (None, 0):
        chunks = [called(place, "{}", id="c", name="f"), called(place, "{}", id="d", name="f"), told("stop")]
        events, _ = parsed(sse(chunks))
        assert [each.part for each in events if isinstance(each, PartStarted)] == [
            ToolCall("c", "f"),
            ToolCall("d", "f"),
        ]
        assert events[-1] == Finished(Finish.TOOL_CALLS)
    repeated = [called(0, "{", id="c", name="f"), called(0, "}", id="c", name="f")]
    assert parsed(sse(repeated))[0][1:4] == [PartStarted(0, ToolCall("c", "f")), Delta(0, "{"), Delta(0, "}")]


@pytest.mark.parametrize(("code", "status"), [(429, 429), ("x", 502), (200, 502)])
def test_an_error_ends_it_with_the_providers_words(code: object, status: int) -> None:
    with pytest.raises(ProviderFailed, match="too much") as failed:
        parsed(sse([*CHUNKS[:2], {"error": {"code": code, "message": "too much"}}]))
    assert failed.value.status == status
    with pytest.raises(ProviderFailed):
        parsed(sse([told("error")]))


@pytest.mark.parametrize(
    "raw",
    [b"data: {\n\n", b"data: []\n\n", sse([{"choices": [1]}]), sse([called(0, "x")]), sse([called(0, id="c")]),
     sse([called(0, id="c", name="f"), called(1, "x")]), b"data: " + b"x" * (9 << 20)],
)  # fmt: skip
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(BadAnswer):
        parsed(raw)


def test_what_is_rendered_is_parsed_again() -> None:
    events, _ = parsed(rendered(EVENTS, ASKED))
    assert events == [Started("r", "public"), *EVENTS[1:]]
    proven: list[Event] = [
        Started("r", "public"), PartStarted(0, Thinking()), Delta(0, "hm"), Signed(0, "s"), PartEnded(0),
        PartStarted(1, Thinking(sealed="A")), PartEnded(1), PartStarted(2, Media("image", "image/png", "AAAA")),
        PartEnded(2), PartStarted(3, Refusal("")), Delta(3, "no"), PartEnded(3), Finished(Finish.REFUSED),
    ]  # fmt: skip
    assert parsed(rendered(proven))[0] == proven


def test_usage_is_told_only_where_it_was_asked_for() -> None:
    asked, not_asked = chunks_of(rendered(EVENTS, ASKED)), chunks_of(rendered(EVENTS))
    assert [each["usage"] for each in asked[:-1]] == [None] * (len(asked) - 1)
    assert (asked[-1]["choices"], asked[-1]["usage"]["total_tokens"]) == ([], 7)
    assert not any("usage" in each for each in not_asked)
    assert [each["choices"][0]["delta"] for each in asked[:-1]] == [each["choices"][0]["delta"] for each in not_asked]


def test_every_chunk_is_one_of_chat_completions() -> None:
    first, *others, last = chunks_of(rendered(EVENTS))
    envelope = {"id": "r", "object": "chat.completion.chunk", "created": 7, "model": "public"}
    assert all({**each, "choices": []} == {**envelope, "choices": []} for each in (first, *others, last))
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    begun = next(each for each in others if "tool_calls" in each["choices"][0]["delta"])
    assert begun["choices"][0]["delta"]["tool_calls"] == [
        {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
    ]
    assert (last["choices"][0]["delta"], last["choices"][0]["finish_reason"]) == ({}, "tool_calls")


def test_an_empty_answer_still_says_who_speaks_and_that_it_ended() -> None:
    first, last = chunks_of(rendered([Started(), Finished(Finish.FILTERED)]))
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert last["choices"][0]["finish_reason"] == "content_filter"


@pytest.mark.parametrize("event", [Delta(7, "x"), PartStarted(0, ToolResult("c")), PartStarted(0, Media("audio"))])
def test_events_that_make_no_sense_are_bad_answers(event: Event) -> None:
    with pytest.raises(BadAnswer):
        rendered([event])


NAMES = ["choices", "delta", "content", "tool_calls", "index", "id", "function", "name", "arguments", "finish_reason",
         "annotations", "url_citation", "refusal", "images", "image_url", "url", "usage", "error", "reasoning",
         "reasoning_details", "type", "signature"]  # fmt: skip
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.sampled_from([*NAMES, "stop", "reasoning.text"]),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner) | st.lists(inner, max_size=2),
    max_leaves=15,
)


@given(st.lists(HOSTILE | HOSTILE.map(lambda delta: {"choices": [{"delta": delta}]}), max_size=4), st.integers(1, 30))
def test_hostile_streams_raise_nothing_but_their_own_errors(chunks: list[Any], size: int) -> None:
    with suppress(WireError):
        rendered(parsed(sse(chunks), size)[0], ASKED)


@given(st.permutations(CHUNKS), st.binary(max_size=40))
def test_reordered_and_damaged_streams_raise_nothing_else(chunks: list[Any], noise: bytes) -> None:
    raw = sse(chunks)
    for damaged in (raw, raw[:100] + noise + raw[100:], noise + raw):
        with suppress(WireError):
            parsed(damaged, 13)
