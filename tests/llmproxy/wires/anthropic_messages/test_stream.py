"""Streams in both directions, in pieces of any size."""

from contextlib import suppress
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.anthropic_messages.stream_parser import Parser
from llmproxy.wires.anthropic_messages.stream_renderer import Renderer
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
from llmproxy.wires.canonical.content import Citation, Media, Refusal, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed, WireError
from llmproxy.wires.usage import Usage

FACTS = Facts("m", "public", 1)
Told = dict[str, Any]


def begun(index: int, **block: Any) -> Told:
    return {"type": "content_block_start", "index": index, "content_block": block}


def more(index: int, kind: str, **delta: Any) -> Told:
    return {"type": "content_block_delta", "index": index, "delta": {"type": f"{kind}_delta", **delta}}


def ended(index: int) -> Told:
    return {"type": "content_block_stop", "index": index}


def stopped(reason: str, **more: Any) -> Told:
    return {"type": "message_delta", "delta": {"stop_reason": reason, **more}, "usage": {"output_tokens": 4}}


START = {"type": "message_start", "message": {"id": "m", "model": "claude", "usage": {
    "input_tokens": 3, "cache_read_input_tokens": 2, "output_tokens": 1}}}  # fmt: skip
STOP = {"type": "message_stop"}
WEB = {"type": "web_search_result_location", "url": "https://e.org", "title": "E", "encrypted_index": "",
       "cited_text": "q"}  # fmt: skip
CHUNKS: list[Told] = [
    START, {"type": "ping"},
    begun(0, type="thinking", thinking="", signature=""), more(0, "thinking", thinking="hm"),
    more(0, "signature", signature="s"), ended(0),
    begun(1, type="redacted_thinking", data="d"), ended(1),
    begun(2, type="text", text=""), more(2, "text", text="hel"), more(2, "text", text="lo"),
    more(2, "citations", citation=WEB), ended(2), {"type": "something_new"},
    begun(3, type="tool_use", id="c", name="f", input={}), more(3, "input_json", partial_json='{"a"'),
    more(3, "input_json", partial_json=":1}"), ended(3), stopped("tool_use"), STOP,
]  # fmt: skip
EVENTS: list[Event] = [
    Started("m", "claude"),
    PartStarted(0, Thinking()), Delta(0, "hm"), Signed(0, "s"), PartEnded(0),
    PartStarted(1, Thinking(sealed="d")), PartEnded(1),
    PartStarted(2, Text("")), Delta(2, "hel"), Delta(2, "lo"), Cited(2, Citation("https://e.org", "E", quote="q")),
    PartEnded(2),
    PartStarted(3, ToolCall("c", "f")), Delta(3, '{"a"'), Delta(3, ":1}"), PartEnded(3),
    Finished(Finish.TOOL_CALLS, Usage(5, 4, 2)),
]  # fmt: skip


def sse(chunks: list[Any]) -> bytes:
    named = ((each.get("type", "x") if isinstance(each, dict) else "x", each) for each in chunks)
    return b"".join(b"event: %b\ndata: %b\n\n" % (str(name).encode(), orjson.dumps(each)) for name, each in named)


def parsed(raw: bytes, size: int = 1 << 20) -> tuple[list[Event], Parser]:
    parser = Parser()
    events = [each for start in range(0, len(raw), size) for each in parser.feed(raw[start : start + size])]
    return [*events, *parser.close()], parser


def rendered(*events: Event) -> list[Told]:
    renderer = Renderer(FACTS)
    raw = b"".join([*(renderer.feed(event) for event in events), renderer.close()])
    return [orjson.loads(each.partition(b"data: ")[2]) for each in raw.split(b"\n\n") if each]


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
def test_a_stream_in_pieces_of_any_size(size: int) -> None:
    events, parser = parsed(sse(CHUNKS), size)
    assert events == EVENTS
    assert (parser.complete, parser.usage) == (True, Usage(5, 4, 2))


def test_a_last_event_without_its_blank_line_counts() -> None:
    assert parsed(sse(CHUNKS).rstrip())[0] == EVENTS


def test_a_stream_without_its_last_event_is_not_complete() -> None:
    events, parser = parsed(sse(CHUNKS[:-1]))
    assert (events, parser.complete, parser.usage) == (EVENTS[:-1], False, Usage(5, 4, 2))


def test_a_refusal_is_told_in_the_providers_words() -> None:
    details = {"type": "refusal", "explanation": "no"}
    events, _ = parsed(sse([START, stopped("refusal", stop_details=details), STOP]))
    assert events[1:] == [PartStarted(0, Refusal("no")), PartEnded(0), Finished(Finish.REFUSED, Usage(5, 4, 2))]


def test_input_that_comes_whole_and_blocks_left_open() -> None:
    events, _ = parsed(sse([START, begun(0, type="tool_use", id="c", name="f", input={"a": 1}), STOP]))
    assert events[1:3] == [PartStarted(0, ToolCall("c", "f", '{"a":1}')), PartEnded(0)]


@pytest.mark.parametrize(
    ("kind", "status"), [("overloaded_error", 529), ("rate_limit_error", 429), ("api_error", 502), ("new", 502)]
)
def test_an_error_ends_it_with_the_providers_words(kind: str, status: int) -> None:
    with pytest.raises(ProviderFailed, match="too much") as failed:
        parsed(sse([*CHUNKS[:5], {"type": "error", "error": {"type": kind, "message": "too much"}}]))
    assert (failed.value.status, failed.value.code) == (status, kind)


@pytest.mark.parametrize(
    "chunks",
    [
        [1], [START, START], [{"type": "message_start"}], [begun(0, type="text")], [START, begun(0, type="new")],
        [START, more(0, "text", text="x")], [START, begun(0, type="text"), begun(0, type="text")],
        [START, begun(0, type="text"), more(0, "thinking", thinking="x")],
        [START, begun(0, type="text"), more(0, "odd")], [START, begun(-1, type="text")],
        [START, begun(0, type="text"), {"type": "content_block_delta", "index": 0}],
    ],
)  # fmt: skip
def test_streams_that_make_no_sense_are_refused(chunks: list[Any]) -> None:
    with pytest.raises(BadAnswer):
        parsed(sse(chunks))


@pytest.mark.parametrize("raw", [b"data: {\n\n", b"data: " + b"x" * (9 << 20)])
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(BadAnswer):
        parsed(raw)


def test_what_is_rendered_is_parsed_again() -> None:
    renderer = Renderer(FACTS)
    events, parser = parsed(b"".join(renderer.feed(event) for event in EVENTS))
    assert events == [Started("m", "public"), *EVENTS[1:]]
    assert parser.complete


def test_parts_that_overlap_follow_each_other() -> None:
    told = rendered(
        Started(), PartStarted(7, Text("a")), PartStarted(1, ToolCall("c", "f")), PartStarted(2, ToolCall("d", "g")),
        Delta(2, "{}"), Delta(1, '{"x"'), PartEnded(2), Delta(7, "b"), PartEnded(7), Delta(1, ":1}"),
        Finished(Finish.TOOL_CALLS),
    )  # fmt: skip
    assert [(each["type"], each.get("index")) for each in told] == [
        ("message_start", None),
        *[(f"content_block_{step}", 0) for step in ("start", "delta", "delta", "stop")],
        *[(f"content_block_{step}", 1) for step in ("start", "delta", "delta", "stop")],
        *[(f"content_block_{step}", 2) for step in ("start", "delta", "stop")],
        ("message_delta", None), ("message_stop", None),
    ]  # fmt: skip
    assert told[5]["content_block"] == {"type": "tool_use", "id": "c", "name": "f", "input": {}}


def test_what_a_part_begins_with_is_told() -> None:
    parts = (Thinking("hm", "s"), Text("x", (Citation("u"),)), Refusal("no"))
    told = rendered(*(event for at, part in enumerate(parts) for event in (PartStarted(at, part), PartEnded(at))))
    assert [each["delta"]["type"] for each in told if each["type"] == "content_block_delta"] == [
        "thinking_delta", "signature_delta", "text_delta", "citations_delta", "text_delta",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "events", [[Delta(0, "x")], [PartStarted(0, Media("image"))], [PartStarted(0, Text("")), PartStarted(0, Text(""))]]
)
def test_what_cannot_be_shown_is_a_bad_answer(events: list[Event]) -> None:
    with pytest.raises(BadAnswer):
        rendered(*events)


NAMES = ["type", "index", "delta", "content_block", "message", "text", "thinking", "signature", "partial_json",
         "citation", "usage", "output_tokens", "stop_reason", "stop_details", "error", "input", "name"]  # fmt: skip
VALUES = ["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta",
          "message_stop", "error", "text", "thinking", "tool_use", "text_delta", "input_json_delta"]  # fmt: skip
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(VALUES),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner) | st.lists(inner, max_size=2),
    max_leaves=15,
)


@given(st.lists(HOSTILE, max_size=4), st.integers(1, 30))
def test_hostile_streams_raise_nothing_but_their_own_errors(chunks: list[Any], size: int) -> None:
    renderer = Renderer(FACTS)
    with suppress(WireError):
        for event in parsed(sse([START, *chunks]), size)[0]:
            renderer.feed(event)


@given(st.permutations(CHUNKS), st.binary(max_size=40))
def test_reordered_and_damaged_streams_raise_nothing_else(chunks: list[Any], noise: bytes) -> None:
    raw = sse(chunks)
    for damaged in (raw, raw[:100] + noise + raw[100:], noise + raw):
        with suppress(WireError):
            parsed(damaged, 13)
