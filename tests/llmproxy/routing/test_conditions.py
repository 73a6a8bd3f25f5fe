"""Conditions: what they let through, what they say, and what cannot be entered."""

from datetime import UTC, datetime
from typing import Any

import pytest

from llmproxy.routing.conditions import conditions
from llmproxy.routing.fault import BadRule
from llmproxy.routing.requirements import requirements
from llmproxy.routing.times import times
from tests.llmproxy.routing.places import ask


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


MONDAY_NOON = at("2026-11-23T12:00")


@pytest.mark.parametrize(
    ("given", "held", "missed", "said"),
    [
        ({"organisations": "a"}, {"organisation": "a"}, {"organisation": "b"}, "it takes calls of other organisations"),
        ({"teams": ["t"]}, {"team": "t"}, {"team": None}, "it takes calls of other teams"),
        (
            {"metadata": {"tier": ["gold", "silver"]}},
            {"metadata": {"tier": "silver"}},
            {"metadata": {}},
            "metadata.tier is not gold or silver",
        ),
        ({"headers": {"X-Env": "prod"}}, {"headers": {"x-env": "prod"}}, {}, "the header x-env is not prod"),
        (
            {"prompt_tokens": {"min": 10}},
            {"prompt_tokens": 10},
            {"prompt_tokens": 9},
            "it takes prompts from 10 tokens, this one has about 9",
        ),
        (
            {"prompt_tokens": {"max": 10}},
            {"prompt_tokens": 10},
            {"prompt_tokens": 11},
            "it takes prompts up to 10 tokens, this one has about 11",
        ),
        ({"needs": "vision"}, {"needs": frozenset({"vision", "x"})}, {}, "it takes calls that need vision"),
        (
            {"times": {"days": ["mon"], "from": "08:00", "to": "18:00"}},
            {"at": MONDAY_NOON},
            {"at": at("2026-11-23T18:00")},
            "it takes calls mon 08:00-18:00 UTC",
        ),
    ],
)
def test_each_condition_holds_or_says_why_not(
    given: dict[str, Any], held: dict[str, Any], missed: dict[str, Any], said: str
) -> None:
    found = conditions(given)
    assert found.missed(ask(**held)) is None
    assert found.missed(ask(**missed)) == said


def test_all_of_them_must_hold() -> None:
    both = conditions({"teams": "t", "needs": "vision"})
    assert both.missed(ask(team="t")) and both.missed(ask(needs=frozenset({"vision"})))
    assert both.missed(ask(team="t", needs=frozenset({"vision"}))) is None


@pytest.mark.parametrize(
    ("when", "held"),
    [
        ("2026-11-23T23:30", True),  # Monday night
        ("2026-11-24T05:59", True),  # the same night, which began on Monday
        ("2026-11-24T06:00", False),
        ("2026-11-24T23:30", False),
        ("2026-11-23T05:00", False),  # the night of Sunday
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(when: str, held: bool) -> None:
    assert times({"days": ["mon"], "from": "22:00", "to": "06:00"}).hold(at(when)) is held


def test_times_are_those_of_their_zone() -> None:
    assert times({"from": "08:00", "to": "09:00", "zone": "Asia/Tokyo"}).hold(at("2026-11-22T23:30"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "An object"),
        ({"moon": "full"}, "'moon' is no condition"),
        ({"teams": []}, "teams"),
        ({"teams": [1]}, "teams"),
        ({"teams": ""}, "teams"),
        ({"teams": ["x"] * 101}, "teams"),
        ({"metadata": ["x"]}, "metadata"),
        ({"metadata": {"tier": {}}}, "metadata.tier"),
        ({"prompt_tokens": {}}, "prompt_tokens"),
        ({"prompt_tokens": {"min": -1}}, "prompt_tokens.min"),
        ({"prompt_tokens": {"min": 1.5}}, "prompt_tokens.min"),
        ({"prompt_tokens": {"max": True}}, "prompt_tokens.max"),
        ({"prompt_tokens": {"max": 10**12}}, "prompt_tokens.max"),
        ({"prompt_tokens": {"min": 9, "max": 8}}, "no prompt has at least 9 and at most 8 tokens"),
        ({"times": {"from": "08:00", "to": "08:00"}}, "the same"),
        ({"times": {"from": "8:00"}}, "such as"),
        ({"times": {"from": "08:61"}}, "no 08:61"),
        ({"times": {"to": "25:00"}}, "no 25:00"),
        ({"times": {"days": ["someday"]}}, "days"),
        ({"times": {"zone": "Moon/Far_Side"}}, "zone"),
        ({"times": {"zone": 3}}, "zone"),
        ({"times": {}}, "times"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(given: Any, said: str) -> None:
    with pytest.raises(BadRule, match=said):
        conditions(given)


@pytest.mark.parametrize("given", [[], {"moons": "two"}, {"regions": []}, {"data": 3}])
def test_requirements_that_make_no_sense_are_refused(given: Any) -> None:
    with pytest.raises(BadRule):
        requirements(given)
