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
from llmproxy.wires.openai_responses.stream_parser import Parser
from llmproxy.wires.openai_responses.stream_renderer import Renderer
from llmproxy.wires.usage import Usage

FACTS = Facts("resp_1", "public", 7)
USAGE = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
RESPONSE = {"id": "r", "model": "m", "status": "in_progress", "output": []}
SOURCE = {"type": "url_citation", "url": "https://e.org", "title": "E", "start_index": 0, "end_index": 2}
CALL = {"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": ""}
Told = dict[str, Any]


def told(kind: str, **members: Any) -> Told:
    return {"type": f"response.{kind}", **members}


def at(kind: str, index: int, **members: Any) -> Told:
    return told(kind, output_index=index, item_id=f"i{index}", **members)


def over(kind: str = "completed", **members: Any) -> Told:
    return told(kind, response={**RESPONSE, "status": kind, "usage": USAGE, **members})


TELLING: list[Told] = [
    told("created", response=RESPONSE), told("in_progress", response=RESPONSE),
    at("output_item.added", 0, item={"type": "reasoning", "id": "i0", "summary": []}),
    at("reasoning_summary_part.added", 0, summary_index=0, part={"type": "summary_text", "text": ""}),
    at("reasoning_summary_text.delta", 0, summary_index=0, delta="h"),
    at("reasoning_summary_text.delta", 0, summary_index=1, delta="m"),
    at("output_item.done", 0, item={"type": "reasoning", "id": "i0", "summary": [{"text": "h"}, {"text": "m"}],
                                    "encrypted_content": "AAAA"}),
    at("output_item.added", 1, item={"type": "message", "id": "i1", "content": []}),
    at("content_part.added", 1, content_index=0, part={"type": "output_text", "text": ""}),
    at("output_text.delta", 1, content_index=0, delta="hel"), at("output_text.delta", 1, content_index=0, delta="lo"),
    at("output_text.annotation.added", 1, content_index=0, annotation=SOURCE),
    at("output_text.done", 1, content_index=0, text="hello"),
    at("content_part.done", 1, content_index=0, part={"type": "output_text", "text": "hello"}),
    at("refusal.delta", 1, content_index=1, delta="no"),
    at("output_item.done", 1, item={"type": "message", "content": []}),
    at("output_item.added", 2, item=CALL),
    at("function_call_arguments.delta", 2, delta='{"a"'), at("function_call_arguments.delta", 2, delta=":1}"),
    at("function_call_arguments.done", 2, arguments='{"a":1}'),
    at("output_item.done", 2, item={**CALL, "arguments": '{"a":1}'}),
    over(),
]  # fmt: skip
EVENTS: list[Event] = [
    Started("r", "m"),
    PartStarted(0, Thinking(id="i0")), Delta(0, "h"), Delta(0, "\n\n"), Delta(0, "m"), PartEnded(0),
    PartStarted(1, Thinking(sealed="AAAA", id="i0")), PartEnded(1),
    PartStarted(2, Text("")), Delta(2, "hel"), Delta(2, "lo"), Cited(2, Citation("https://e.org", "E", 0, 2)),
    PartEnded(2),
    PartStarted(3, Refusal("")), Delta(3, "no"), PartEnded(3),
    PartStarted(4, ToolCall("c", "f")), Delta(4, '{"a"'), Delta(4, ":1}"), PartEnded(4),
    Finished(Finish.TOOL_CALLS, Usage(3, 4)),
]  # fmt: skip


def sse(events: list[Any]) -> bytes:
    lines = (
        b"event: %b\ndata: %b\n\n"
        % (str(each.get("type") if isinstance(each, dict) else "x").encode(), orjson.dumps(each))
        for each in events
    )
    return b"".join(lines)


def parsed(raw: bytes, size: int = 1 << 20) -> tuple[list[Event], Parser]:
    parser = Parser()
    events = [each for start in range(0, len(raw), size) for each in parser.feed(raw[start : start + size])]
    return [*events, *parser.close()], parser


def rendered(events: list[Event], facts: Facts = FACTS) -> bytes:
    renderer = Renderer(facts)
    return b"".join([*(renderer.feed(event) for event in events), renderer.close()])


def events_of(raw: bytes) -> list[Told]:
    found = [orjson.loads(each.split(b"\n")[0]) for each in raw.split(b"data: ")[1:]]
    named = [each.split(b"\n")[0].decode() for each in raw.split(b"event: ")[1:]]
    assert named == [each["type"] for each in found]
    return found


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
def test_a_stream_in_pieces_of_any_size(size: int) -> None:
    events, parser = parsed(sse(TELLING), size)
    assert events == EVENTS
    assert (parser.complete, parser.usage) == (True, Usage(3, 4))


def test_its_end_may_be_cut_or_overrun() -> None:
    assert parsed(sse(TELLING).rstrip())[0] == EVENTS
    assert parsed(sse(TELLING) + b"data: [DONE]\n\n" + sse(TELLING))[0] == EVENTS


def test_a_stream_without_its_last_event_is_not_complete() -> None:
    events, parser = parsed(sse(TELLING[:-1]))
    assert (events, parser.complete) == (EVENTS[:-1], False)


def test_servers_that_tell_items_or_all_of_it_only_whole() -> None:
    items = [
        {"type": "message", "content": [{"type": "output_text", "text": "hi"}]}, {**CALL, "arguments": "{}"},
    ]  # fmt: skip
    expected = [
        PartStarted(0, Text("hi")),
        PartEnded(0),
        PartStarted(1, ToolCall("c", "f")),
        Delta(1, "{}"),
        PartEnded(1),
    ]
    done = [at("output_item.done", index, item=item) for index, item in enumerate(items)]
    assert parsed(sse([*done, over()]))[0][:-1] == expected
    assert parsed(sse([over(output=items)]))[0] == [*expected, Finished(Finish.TOOL_CALLS, Usage(3, 4))]


@pytest.mark.parametrize(
    ("ending", "finish"),
    [
        (over("incomplete", incomplete_details={"reason": "max_output_tokens"}), Finish.LENGTH),
        (over("incomplete", incomplete_details={"reason": "content_filter"}), Finish.FILTERED),
    ],
)
def test_parts_that_were_left_open_end_with_the_answer(ending: Told, finish: Finish) -> None:
    assert parsed(sse([*TELLING[:10], ending]))[0][-2:] == [PartEnded(2), Finished(finish, Usage(3, 4))]


@pytest.mark.parametrize(
    "failing",
    [
        told("failed", response={"status": "failed", "error": {"code": "rate_limit_exceeded", "message": "m"}}),
        over("completed", error={"code": "rate_limit_exceeded", "message": "m"}),
        {"type": "error", "code": "rate_limit_exceeded", "message": "m"},
        {"type": "error", "error": {"code": "rate_limit_exceeded", "message": "m"}},
    ],
)  # fmt: skip
def test_a_failure_ends_it_with_the_providers_words(failing: Told) -> None:
    with pytest.raises(ProviderFailed, match="m") as failed:
        parsed(sse([*TELLING[:10], failing]))
    assert (failed.value.status, failed.value.code) == (429, "rate_limit_exceeded")


@pytest.mark.parametrize(
    "raw",
    [
        b"data: {\n\n", b"data: []\n\n", sse([told("created")]), sse([told("output_text.delta", delta="x")]),
        sse([at("output_text.delta", 0, delta=5)]), sse([at("function_call_arguments.delta", 0, delta="x")]),
        sse([at("output_item.added", 0, item={"type": "function_call"})]), sse([at("output_item.done", 0)]),
        sse([at("output_text.delta", 0, content_index=0, delta="x"),
             at("refusal.delta", 0, content_index=0, delta="x")]),
        sse([at("output_item.added", 0, item=CALL), at("output_item.added", 0, item=CALL)]),
        sse([over("completed", output=[1])]), sse([over(status="in_progress")]),
        b"data: " + b"x" * (9 << 20),
    ],
)  # fmt: skip
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(BadAnswer):
        parsed(raw)


def test_what_is_rendered_is_parsed_again() -> None:
    signed: list[Event] = [
        Started("resp_1", "public"), PartStarted(0, Thinking(id="rs_x")), Delta(0, "hm"), Signed(0, "QUJD"),
        PartEnded(0), PartStarted(1, Text("")), Delta(1, "a"), PartEnded(1),
        PartStarted(2, Text("")), Delta(2, "b"), PartEnded(2),
        PartStarted(3, ToolCall("c", "f")), Delta(3, "{}"), PartEnded(3),
        PartStarted(4, Media("image", "image/png", "AAAA")), PartEnded(4), PartStarted(5, Refusal("")), Delta(5, "no"),
        PartEnded(5), Finished(Finish.LENGTH, Usage(3, 4, 1, 2)),
    ]  # fmt: skip
    assert parsed(rendered(signed))[0] == signed


def test_every_event_says_its_number_and_is_announced_and_ended_in_order() -> None:
    events = events_of(rendered(EVENTS))
    assert [each["sequence_number"] for each in events] == list(range(len(events)))
    assert [each["type"].removeprefix("response.") for each in events] == [
        "created", "in_progress",
        "output_item.added", "reasoning_summary_part.added", *["reasoning_summary_text.delta"] * 3,
        "reasoning_summary_text.done", "reasoning_summary_part.done", "output_item.done",
        "output_item.added", "output_item.done",
        "output_item.added", "content_part.added", *["output_text.delta"] * 2, "output_text.annotation.added",
        "output_text.done", "content_part.done",
        "content_part.added", "refusal.delta", "refusal.done", "content_part.done", "output_item.done",
        "output_item.added", *["function_call_arguments.delta"] * 2, "function_call_arguments.done", "output_item.done",
        "completed",
    ]  # fmt: skip
    message = events[-1]["response"]["output"][2]
    assert [part.get("text") or part.get("refusal") for part in message["content"]] == ["hello", "no"]
    assert events[-1]["response"]["output"][3]["arguments"] == '{"a":1}'
    assert events[-1]["response"]["usage"]["total_tokens"] == 7
    delta = next(each for each in events if each["type"] == "response.output_text.delta")
    assert delta == {
        "type": "response.output_text.delta", "item_id": message["id"], "output_index": 2, "content_index": 0,
        "logprobs": [], "sequence_number": delta["sequence_number"], "delta": "hel",
    }  # fmt: skip
    added = next(each for each in events if each["type"] == "response.output_item.added")
    assert (added["item"]["type"], added["output_index"]) == ("reasoning", 0)


def test_overlapping_parts_and_parts_left_open_are_whole_in_the_end() -> None:
    overlapping: list[Event] = [
        PartStarted(0, Text("a")), PartStarted(1, ToolCall("c", "f", "{")), Delta(0, "b"), Delta(1, "}"),
        PartEnded(1), Finished(Finish.TOOL_CALLS),
    ]  # fmt: skip
    *_, last = events_of(rendered(overlapping))
    text, call = last["response"]["output"]
    assert (text["content"][0]["text"], call["arguments"], call["status"]) == ("ab", "{}", "completed")


@pytest.mark.parametrize(
    "events", [[Delta(7, "x")], [PartStarted(0, ToolResult("c"))], [PartStarted(0, Text("")), PartStarted(0, Text(""))]]
)
def test_events_that_make_no_sense_are_bad_answers(events: list[Event]) -> None:
    with pytest.raises(BadAnswer):
        rendered(events)


KINDS = sorted({each["type"] for each in TELLING} | {"error"})
NAMES = ["type", "output_index", "content_index", "item", "delta", "response", "output", "part", "annotation", "id",
         "summary", "encrypted_content", "arguments", "name", "status", "content", "text", "summary_index"]  # fmt: skip
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from([*NAMES, "message", "function_call", "reasoning"]),
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner) | st.lists(inner, max_size=2),
    max_leaves=12,
)
HOSTILE_EVENT = st.tuples(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(NAMES), HOSTILE)).map(
    lambda pair: {**pair[1], "type": pair[0]}
)


@given(st.lists(HOSTILE | HOSTILE_EVENT, max_size=5), st.integers(1, 30))
def test_hostile_streams_raise_nothing_but_their_own_errors(events: list[Any], size: int) -> None:
    with suppress(WireError):
        rendered(parsed(sse(events), size)[0])


@given(st.permutations(TELLING), st.binary(max_size=40))
def test_reordered_and_damaged_streams_raise_nothing_else(events: list[Told], noise: bytes) -> None:
    raw = sse(events)
    for damaged in (raw, raw[:100] + noise + raw[100:], noise + raw):
        with suppress(WireError):
            rendered(parsed(damaged, 13)[0])
