"""Members of the wrong type are refused with their place."""

from collections.abc import Callable
from typing import Any

import pytest

from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.errors import BadRequest


@pytest.mark.parametrize("read", [reading.integer, reading.number, reading.boolean, reading.mapping])
@pytest.mark.parametrize("holder", [{}, {"a": None}])
def test_what_is_missing_or_null_is_none(read: Callable[..., object], holder: dict[str, Any]) -> None:
    assert read(holder, "a") is None


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (reading.text, None), (reading.text, 1), (reading.optional_text, []), (reading.integer, True),
        (reading.integer, 1.5), (reading.integer, -1), (reading.number, "1"), (reading.number, False),
        (reading.boolean, 0), (reading.mapping, []), (reading.texts, "a"), (reading.texts, [1]),
    ],
)  # fmt: skip
def test_a_wrong_type_is_refused_with_its_place(read: Callable[..., object], value: object) -> None:
    with pytest.raises(BadRequest, match=r"^messages\[0\]\.a must be ") as refused:
        read({"a": value}, "a", "messages[0]")
    assert refused.value.param == "messages[0].a"


def test_objects_come_with_their_places() -> None:
    assert [at for at, _ in reading.objects({"tools": [{}, {}]}, "tools")] == ["tools[0]", "tools[1]"]
    assert list(reading.objects({}, "tools")) == []
    for value in ({}, "x", [1], [{}, None]):
        with pytest.raises(BadRequest):
            list(reading.objects({"tools": value}, "tools"))


def test_right_values_come_back() -> None:
    holder = {"i": 2.0, "n": 0.5, "b": False, "s": "x", "l": ["a"]}
    assert (reading.integer(holder, "i"), reading.number(holder, "n"), reading.boolean(holder, "b")) == (2, 0.5, False)
    assert (reading.text(holder, "s"), reading.optional_text(holder, "none"), reading.texts(holder, "l")) == (
        "x", "", ("a",),
    )  # fmt: skip
