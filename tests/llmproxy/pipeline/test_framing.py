"""Events as they are, or the elements of one JSON array: whatever the pieces, an array that a JSON parser takes."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.pipeline.framing import AsArray, AsEvents

OBJECTS = st.dictionaries(st.text(max_size=5), st.text() | st.integers(-5, 5) | st.none(), max_size=3)
STEPS = st.lists(st.lists(OBJECTS, max_size=3) | st.just("waiting"), max_size=8)
ODD = st.sampled_from([b": keep-alive\n\n", b"data: [DONE]\n\n", b"retry: 10\n\n", b"\n\n", b"event: ping\ndata:\n\n"])


def event(data: object, end: bytes) -> bytes:
    return b"data: " + orjson.dumps(data) + end


def test_events_stay_what_they_are() -> None:
    framing = AsEvents()
    assert framing.framed(b"data: {}\n\n") + framing.close() == b"data: {}\n\n"
    assert framing.waiting().startswith(b":")


@given(STEPS, st.sampled_from([b"\n\n", b"\r\n\r\n", b"\r\r"]))
def test_an_array_holds_each_events_data_in_order(steps: list[object], end: bytes) -> None:
    framing, out, expected = AsArray(), b"", []
    for step in steps:
        if isinstance(step, list):
            expected += step
            out += framing.framed(b"".join(event(each, end) for each in step))
        else:
            out += framing.waiting()
    out += framing.close()
    assert orjson.loads(out) == expected
    assert out[:1] == b"["  # older clients of Google's want the bracket as the very first byte


@given(st.lists(ODD, max_size=6))
def test_what_says_nothing_is_no_element(events: list[bytes]) -> None:
    framing = AsArray()
    assert framing.framed(b"".join(events)) + framing.close() == b"[]"


def test_data_over_several_lines_is_one_element() -> None:
    framing = AsArray()
    assert orjson.loads(framing.framed(b'data: {"a":\ndata: 1}\n\n') + framing.close()) == [{"a": 1}]


def test_an_error_is_the_last_element() -> None:
    framing = AsArray()
    out = framing.framed(event({"a": 1}, b"\n\n"))
    out += framing.framed(event({"error": {"code": 502}}, b"\n\n")) + framing.close()
    assert orjson.loads(out) == [{"a": 1}, {"error": {"code": 502}}]
