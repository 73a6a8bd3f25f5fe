"""Server-sent events are split at event boundaries and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.sse import EventSplitter, EventTooLong, data_of

STREAM = b'data: {"a":1}\n\n: comment\n\ndata: one\ndata: two\r\n\r\nevent: x\ndata: [DONE]\n\n'


@given(st.lists(st.integers(1, len(STREAM)), max_size=8))
def test_events_come_out_whole_however_the_bytes_are_cut(cuts: list[int]) -> None:
    edges = sorted({0, len(STREAM), *cuts})
    splitter = EventSplitter()
    events = [event for a, b in zip(edges, edges[1:], strict=False) for event in splitter.feed(STREAM[a:b])]
    assert b"".join(events) == STREAM
    assert len(events) == 4
    assert splitter.rest == b""


def test_a_crlf_terminator_that_is_cut_in_the_middle_is_one_terminator() -> None:
    splitter = EventSplitter()
    assert splitter.feed(b"data: a\r\n\r") == []
    assert splitter.feed(b"\ndata: b\n\n") == [b"data: a\r\n\r\n", b"data: b\n\n"]


def test_an_unfinished_event_is_kept_back() -> None:
    splitter = EventSplitter()
    assert splitter.feed(b"data: half") == []
    assert splitter.rest == b"data: half"


def test_an_event_without_end_is_refused_at_the_limit() -> None:
    splitter = EventSplitter(limit=100)
    with pytest.raises(EventTooLong):
        splitter.feed(b"x" * 101)


def test_data_lines_are_joined_as_the_standard_says() -> None:
    assert data_of(b"event: m\ndata: one\ndata:two\r\n\n") == b"one\ntwo"


@given(
    st.binary(max_size=12),
    st.sampled_from([b"data: ", b"data:", b"event: x\ndata: ", b"event: x\r\ndata: "]),
    st.sampled_from([b"\n\n", b"\r\n\r\n"]),
)
def test_the_short_way_to_the_data_is_the_long_way(said: bytes, start: bytes, end: bytes) -> None:
    event = start + said + end
    lines = event.replace(b"\r\n", b"\n").split(b"\n")
    found = [line[5:].removeprefix(b" ").removesuffix(b"\r") for line in lines if line.startswith(b"data:")]
    if b"\r" not in said:
        assert data_of(event) == b"\n".join(found)
