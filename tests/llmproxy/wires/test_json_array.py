"""Any array of objects, cut anywhere, gives its elements; anything else a typed error."""

import time

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.json_array import BadJsonArray, JsonArraySplitter, JsonArrayWriter

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
ELEMENTS = st.lists(st.dictionaries(st.text(), VALUES, max_size=3), max_size=4)


def split(raw: bytes, size: int) -> list[object]:
    splitter = JsonArraySplitter()
    found = [each for at in range(0, len(raw), size) for each in splitter.feed(raw[at : at + size])]
    assert splitter.ended
    return [orjson.loads(each) for each in found]


@given(ELEMENTS, st.integers(1, 20), st.booleans())
def test_elements_come_out_as_they_went_in(elements: list[object], size: int, indent: bool) -> None:
    raw = orjson.dumps(elements, option=orjson.OPT_INDENT_2 if indent else 0)
    assert split(raw, size) == elements


@given(ELEMENTS)
def test_what_is_written_is_the_array(elements: list[object]) -> None:
    writer = JsonArrayWriter()
    raw = b"".join([*(writer.element(orjson.dumps(each)) for each in elements), writer.close()])
    assert orjson.loads(raw) == elements


def test_an_element_is_given_as_soon_as_it_is_whole() -> None:
    splitter = JsonArraySplitter()
    assert splitter.feed(b'[{"a": "\\"}') == []
    assert splitter.feed(b'"}') == [b'{"a": "\\"}"}']
    assert not splitter.ended


@pytest.mark.parametrize("raw", [b"{}", b"x", b"[1]", b'["a"]', b"[[]]", b"[]{}", b"[]]", b"[{}]x", b'[{"a":' * 999])
def test_anything_else_is_refused(raw: bytes) -> None:
    with pytest.raises(BadJsonArray):
        JsonArraySplitter().feed(raw)


@given(st.binary(max_size=200))
def test_garbage_never_raises_anything_else(raw: bytes) -> None:
    splitter = JsonArraySplitter(limit=50)
    try:
        for byte in b"[" + raw:
            splitter.feed(bytes([byte]))
    except BadJsonArray:
        pass


def test_an_element_over_the_limit_is_refused() -> None:
    with pytest.raises(BadJsonArray):
        JsonArraySplitter(limit=100).feed(b'[{"a":"' + b"x" * 200)


def test_many_small_pieces_take_no_square_time() -> None:
    splitter = JsonArraySplitter()
    splitter.feed(b'[{"')
    started = time.perf_counter()
    for _ in range(200_000):
        assert splitter.feed(b"\\") == []
    assert time.perf_counter() - started < 5
