"""The plan of a call in plain words, whatever the record holds."""

import pytest

from audit.review.plan_words import words_of

PLAN = {
    "route": "r",
    "attempts": [
        {"to": "one/model", "result": "unavailable: status 500", "why": "first", "took_us": 12_345, "key": "k"},
        {"to": "two/model", "result": "answered", "why": "next", "took_us": 2_000, "waited_us": 50_000},
    ],
    "legs": [
        {
            "route": "public", "strategy": "priority", "together": True,
            "candidates": [{"to": "one/model", "why": "priority 0, weight 1"}],
            "excluded": [{"to": "three/model", "why": "its circuit is open: status 503"}],
            "shadows": ["four/model"],
        }
    ],
    "put_aside": [{"to": "five/model", "why": "it does not speak that"}],
}  # fmt: skip


def test_a_plan_is_told_in_plain_words() -> None:
    words = words_of(PLAN)
    assert words is not None
    first, second = words.steps
    assert (first.to, first.result, first.took, first.good) == (
        "one/model with key “k”",
        "it was unreachable, too slow or failing (status 500)",
        "12 ms",
        False,
    )
    assert (second.took, second.good) == ("2 ms, after waiting 50 ms", True)
    assert words.order == ["one/model (priority 0, weight 1)"]
    assert words.aside == [
        ("three/model", "its circuit is open: status 503"),
        ("five/model", "it does not speak that"),
    ]
    assert words.shadows == ["four/model"]
    assert words.notes[0] == "Chosen by priority on route public." and len(words.notes) == 2


@pytest.mark.parametrize("odd", [None, [], "x", {}, {"attempts": 3}, {"attempts": [1], "legs": [2], "put_aside": [3]}])
def test_what_is_no_plan_breaks_nothing(odd: object) -> None:
    words = words_of(odd)
    assert words is None or words.steps == []
