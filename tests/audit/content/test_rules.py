"""The policy's rules: in order, the organisation's own first, and nothing that is no rule."""

import pytest

from audit.content.keeper import PolicyKeeper
from audit.tree.levels import Level
from audit.tree.policy_rules import BadPolicy, Rule, Version, parsed_fail_modes, parsed_largest, parsed_rules


def version(*rules: dict[str, str], since: float = 0.0, label: str = "a/1", fail_open: tuple[str, ...] = ()) -> Version:
    return Version(label, since, parsed_rules(list(rules)), frozenset(fail_open), 1024)


def test_the_first_rule_that_matches_holds() -> None:
    keeper = PolicyKeeper()
    rules = ({"level": "none", "route": "chat"}, {"level": "request", "team": "t1"}, {"level": "request_and_answer"})
    keeper.load({"acme": [version(*rules)]})
    assert keeper.decide("acme", "t1", "", "chat").level is Level.NONE
    assert keeper.decide("acme", "t1", "", "other").level is Level.REQUEST
    assert keeper.decide("acme", "", "gth_live_1", "other").level is Level.EVERYTHING
    assert keeper.decide("acme", "", "", "other").version == "a/1"


def test_without_a_rule_only_facts_are_kept_and_of_a_stranger_nothing_more_either() -> None:
    keeper = PolicyKeeper()
    assert keeper.decide("acme", "", "", "chat").level is Level.METADATA
    keeper.load({"acme": [version({"level": "request_and_answer"})]})
    assert keeper.decide("other", "", "", "chat").level is Level.METADATA


def test_the_installation_decides_what_the_organisation_leaves_open() -> None:
    keeper = PolicyKeeper()
    shared = version({"level": "request", "organisation": "acme"}, label="all/1")
    keeper.load({"": [shared], "acme": [version({"level": "none", "route": "secret"})]})
    assert keeper.decide("acme", "", "", "secret").level is Level.NONE
    assert keeper.decide("acme", "", "", "chat").level is Level.REQUEST
    assert keeper.decide("other", "", "", "chat").level is Level.METADATA


def test_a_version_holds_from_its_time_on(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("audit.content.keeper.time.time", lambda: now)
    keeper = PolicyKeeper()
    keeper.load({"a": [version({"level": "request"}), version({"level": "none"}, since=1001.0, label="a/2")]})
    assert keeper.decide("a", "", "", "x").level is Level.REQUEST
    now = 1001.0
    assert keeper.decide("a", "", "", "x").level is Level.NONE
    assert keeper.decide("a", "", "", "x").version == "a/2"


def test_the_fail_mode_is_closed_unless_a_policy_in_force_opens_it() -> None:
    keeper = PolicyKeeper()
    assert not keeper.fails_open("proxy", "acme")
    keeper.load({"acme": [version(fail_open=("proxy",))]})
    assert keeper.fails_open("proxy", "acme")
    assert keeper.decide("acme", "", "", "x").fail_open
    assert not keeper.fails_open("auth", "acme")
    assert not keeper.fails_open("proxy", "other")


@pytest.mark.parametrize(
    "value",
    [None, {}, [1], [{"level": "all"}], [{"level": "none", "colour": "red"}], [{"level": "none", "team": 3}],
     [{"level": "none", "route": "x" * 300}], [{"level": "none"}] * 201, [{"level": []}]],
)  # fmt: skip
def test_what_is_no_list_of_rules_is_refused(value: object) -> None:
    with pytest.raises(BadPolicy):
        parsed_rules(value)


def test_what_is_no_fail_mode_and_no_size_is_refused() -> None:
    for modes in (None, {"admin": "open"}, {"proxy": "ajar"}):
        with pytest.raises(BadPolicy):
            parsed_fail_modes(modes)
    for size in (0, 5000, True, "256"):
        with pytest.raises(BadPolicy):
            parsed_largest(size)


def test_a_rule_is_written_as_it_is_read() -> None:
    rule = Rule.parsed({"level": "request", "team": "t1", "key": ""})
    assert rule.as_json() == {"level": "request", "team": "t1"}
    assert Rule.parsed(rule.as_json()) == rule
