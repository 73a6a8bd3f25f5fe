"""Streams of events as the service sends them, in pieces of any size; hostile ones end in typed errors."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires import aws_event_stream
from llmproxy.wires.bedrock_converse.stream import Parser
from llmproxy.wires.canonical.answer import (
    Cited,
    Delta,
    Event,
    Finish,
    Finished,
    PartEnded,
    PartStarted,
    Signed,
    Started,
)
from llmproxy.wires.canonical.content import Citation, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed
from llmproxy.wires.usage import Usage
from tests.aws_shapes import faults

Told = tuple[str, dict[str, Any]]


def at(index: int, **delta: Any) -> Told:
    return "contentBlockDelta", {"contentBlockIndex": index, "delta": delta}


def stop(index: int) -> Told:
    return "contentBlockStop", {"contentBlockIndex": index}


USE = {"toolUse": {"toolUseId": "t", "name": "f"}}
USAGE = {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}
STREAM: list[Told] = [
    ("messageStart", {"role": "assistant"}),
    at(0, reasoningContent={"text": "hm"}), at(0, reasoningContent={"signature": "s"}), stop(0),
    at(1, text="hel"), at(1, text="lo"), at(1, citation={"title": "T", "source": "https://e.org"}), stop(1),
    ("contentBlockStart", {"contentBlockIndex": 2, "start": USE}),
    at(2, toolUse={"input": '{"a"'}), at(2, toolUse={"input": ":1}"}), stop(2),
    ("messageStop", {"stopReason": "tool_use"}),
    ("metadata", {"usage": USAGE, "metrics": {"latencyMs": 1}}),
]  # fmt: skip
EVENTS: list[Event] = [
    Started(),
    PartStarted(0, Thinking()), Delta(0, "hm"), Signed(0, "s"), PartEnded(0),
    PartStarted(1, Text("")), Delta(1, "hel"), Delta(1, "lo"), Cited(1, Citation("https://e.org", "T")), PartEnded(1),
    PartStarted(2, ToolCall("t", "f")), Delta(2, '{"a"'), Delta(2, ":1}"), PartEnded(2),
    Finished(Finish.TOOL_CALLS, Usage(3, 4)),
]  # fmt: skip


def framed(told: list[Told]) -> bytes:
    for name, payload in told:
        assert faults("bedrock-runtime", "ConverseStreamOutput", {name: payload}) == []
    return b"".join(aws_event_stream.event(name, orjson.dumps(payload)) for name, payload in told)


def parsed(raw: bytes, size: int = 1 << 20) -> tuple[list[Event], Parser]:
    parser = Parser()
    events = [each for start in range(0, len(raw), size) for each in parser.feed(raw[start : start + size])]
    return [*events, *parser.close()], parser


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
def test_a_stream_in_pieces_of_any_size(size: int) -> None:
    events, parser = parsed(framed(STREAM), size)
    assert events == EVENTS
    assert (parser.complete, parser.usage) == (True, Usage(3, 4))


def test_without_the_metadata_it_is_complete_but_unmeasured() -> None:
    events, parser = parsed(framed(STREAM[:-1]))
    assert events[-1] == Finished(Finish.TOOL_CALLS)
    assert (parser.complete, parser.usage) == (True, None)


@given(st.integers(0, len(framed(STREAM)) - 1))
def test_a_stream_cut_anywhere_is_complete_only_behind_its_stop(end: int) -> None:
    raw = framed(STREAM)
    events, parser = parsed(raw[:end])
    assert parser.complete == (end >= len(framed(STREAM[:-1])))
    assert events == (EVENTS[: len(events)] if not parser.complete else [*EVENTS[:-1], Finished(Finish.TOOL_CALLS)])


def test_parts_that_were_left_open_end_with_the_answer() -> None:
    events, _ = parsed(framed([at(0, text="x"), ("messageStop", {"stopReason": "end_turn"})]))
    assert events == [PartStarted(0, Text("")), Delta(0, "x"), PartEnded(0), Finished(Finish.STOP)]


def test_sealed_thoughts_are_a_part_of_their_own() -> None:
    events, _ = parsed(framed([at(0, reasoningContent={"redactedContent": "AAAA"}), stop(0)]))
    assert events == [PartStarted(0, Thinking(sealed="AAAA")), PartEnded(0)]


@pytest.mark.parametrize(
    ("name", "status"),
    [("throttlingException", 429), ("validationException", 400), ("modelStreamErrorException", 502)],
)
def test_an_exception_ends_it_with_the_services_words(name: str, status: int) -> None:
    raw = framed(STREAM[:2]) + aws_event_stream.exception(name, b'{"message":"too much"}')
    with pytest.raises(ProviderFailed, match="too much") as failed:
        parsed(raw)
    assert (failed.value.status, failed.value.code) == (status, name)


def test_an_error_of_the_transport_ends_it() -> None:
    headers = {":message-type": "error", ":error-code": "InternalError", ":error-message": "oh"}
    with pytest.raises(ProviderFailed, match="oh"):
        parsed(aws_event_stream.written(headers, b""))


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("contentBlockDelta", b"{"), ("contentBlockDelta", b"[]"), ("contentBlockDelta", b"{}"),
        ("contentBlockDelta", b'{"contentBlockIndex":-1,"delta":{"text":"x"}}'),
        ("contentBlockDelta", b'{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{}"}}}'),
        ("contentBlockDelta", b'{"contentBlockIndex":0,"delta":{"unheard":1}}'),
        ("contentBlockDelta", b'{"contentBlockIndex":0}'),
        ("contentBlockStart", b'{"contentBlockIndex":0,"start":{"image":{"format":"png"}}}'),
        ("contentBlockStop", b'{"contentBlockIndex":true}'),
    ],
)  # fmt: skip
def test_events_that_make_no_sense_are_refused(name: str, payload: bytes) -> None:
    with pytest.raises(BadAnswer):
        parsed(aws_event_stream.event(name, payload))


def test_a_block_that_changes_its_kind_is_refused() -> None:
    with pytest.raises(BadAnswer):
        parsed(framed([at(0, text="x"), at(0, reasoningContent={"text": "y"})]))


def test_events_of_new_kinds_are_passed_over() -> None:
    assert parsed(aws_event_stream.event("somethingNew", b"{}"))[0] == []


PAYLOADS = st.sampled_from([name for name, _ in STREAM]).flatmap(
    lambda name: st.tuples(st.just(name), st.recursive(
        st.none() | st.booleans() | st.integers(-2, 3) | st.text(max_size=3),
        lambda inner: st.dictionaries(st.sampled_from(
            ["contentBlockIndex", "delta", "start", "text", "toolUse", "input", "reasoningContent", "signature",
             "citation", "location", "web", "stopReason", "usage", "redactedContent", "sourceContent"]), inner)
        | st.lists(inner, max_size=2), max_leaves=8))
)  # fmt: skip


@given(st.lists(PAYLOADS, max_size=6), st.permutations(STREAM))
def test_hostile_and_reordered_streams_raise_nothing_else(hostile: list[tuple[str, Any]], mixed: list[Told]) -> None:
    for told in (hostile, mixed):
        raw = b"".join(aws_event_stream.event(name, orjson.dumps(payload)) for name, payload in told)
        try:
            parsed(raw)
        except (BadAnswer, ProviderFailed):
            continue
