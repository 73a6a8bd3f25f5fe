"""Long base64 strings stand aside while a request is read, and come back byte for byte."""

import base64
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.aside import LEAST, SHORTEST_BODY, put_back, set_aside

LONG = base64.b64encode(b"\x00\x10\x83" * (SHORTEST_BODY // 4 + 1)).decode()
OTHER = LONG[:-4] + "AAA="
DATA_URL = "data:x/y;base64," + OTHER


@pytest.mark.parametrize("prefix", ["", "data:image/png;base64,", "data:text/plain;charset=utf-8;base64,"])
def test_a_long_string_becomes_its_digest_and_comes_back(prefix: str) -> None:
    raw = orjson.dumps({"a": "x", "data": prefix + LONG, "b": [1, "y", OTHER]})
    skeleton, aside = set_aside(raw)
    parsed = orjson.loads(skeleton)
    assert len(skeleton) < 500
    assert (parsed["a"], parsed["b"][:2], parsed["data"].startswith(prefix)) == ("x", [1, "y"], True)
    assert base64.b64decode(parsed["data"].removeprefix(prefix), validate=True)
    assert parsed["data"].removeprefix(prefix) != parsed["b"][2]
    assert put_back(skeleton, aside) == raw
    assert orjson.loads(put_back(orjson.dumps({"z": parsed["b"][2]}), aside)) == {"z": OTHER}


def test_the_same_bytes_have_the_same_digest_in_every_request() -> None:
    one, other = (set_aside(orjson.dumps({"n": number, "d": LONG}))[0] for number in (1, 2))
    assert orjson.loads(one)["d"] == orjson.loads(other)["d"]


OTHERS = [
    "x" * (LEAST - 1),
    "word " * SHORTEST_BODY,
    "ü" * SHORTEST_BODY,
    LONG + "\n",
    LONG + "-",
    "\\" + LONG,
    LONG + "===",
]


@pytest.mark.parametrize("text", OTHERS)
def test_other_strings_stay_where_they_are(text: str) -> None:
    raw = orjson.dumps({"data": text, "more": "x"})
    assert set_aside(raw) == (raw, {})


def test_short_bodies_numbers_and_conversations_stay_as_well() -> None:
    short = orjson.dumps({"data": LONG[: SHORTEST_BODY // 2]})
    numbers = orjson.dumps({"input": [1] * SHORTEST_BODY, "model": "m"})
    digits = b'{"a":"x","n":' + b"1" * SHORTEST_BODY + b',"b":"y"}'
    talk = orjson.dumps(["hi there"] * SHORTEST_BODY)
    for raw in (short, numbers, digits, talk):
        assert set_aside(raw) == (raw, {})


def test_a_string_that_ends_within_the_last_step_is_found_and_one_that_does_not_end_is_not() -> None:
    tail = b'["' + LONG.encode() + b'","' + LONG.encode()[:LEAST] + b'"]'
    assert len(set_aside(tail)[1]) == 2
    assert set_aside(b'["' + LONG.encode()) == (b'["' + LONG.encode(), {})


def test_a_body_that_was_passed_through_is_not_copied() -> None:
    raw = orjson.dumps({"data": LONG * 40})
    _, aside = set_aside(raw)
    assert put_back(raw, aside) is raw


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(0, 9)
    | st.text(max_size=5)
    | st.sampled_from([LONG, DATA_URL, '"' + LONG, "\\" + LONG]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(JSON, st.booleans())
def test_whatever_is_set_aside_means_the_same_when_it_is_back(value: Any, indented: bool) -> None:
    raw = orjson.dumps(value, option=orjson.OPT_INDENT_2 if indented else None)
    skeleton, aside = set_aside(raw)
    assert put_back(skeleton, aside) == raw
    assert put_back(orjson.dumps(orjson.loads(skeleton)), aside) == orjson.dumps(value)


@given(st.binary(max_size=50), st.integers(0, 3))
def test_anything_else_survives(noise: bytes, at: int) -> None:
    pieces = [b'{"a":"', LONG.encode(), b'","b":"', LONG.encode()[:LEAST]]
    raw = b"".join([*pieces[:at], noise, *pieces[at:]])
    skeleton, aside = set_aside(raw)
    assert put_back(skeleton, aside) == raw
