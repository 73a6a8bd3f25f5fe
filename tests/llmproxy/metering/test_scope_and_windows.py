"""Which calls a rule is about, whose use it counts, and when its window begins."""

from datetime import UTC, datetime

import pytest

from llmproxy.metering.scope import Facts, Scope
from llmproxy.metering.windows import SLIDING, period_of

CALL = Facts("org", "team", "key:1", "1", "gpt", "chat/completions", "ann")


def test_empty_fields_narrow_nothing() -> None:
    assert Scope.of({"team": ""}).covers(CALL)
    assert Scope.of({"team": "team", "model": "gpt"}).covers(CALL)
    assert not Scope.of({"team": "other"}).covers(CALL)


def test_a_call_that_lacks_what_is_counted_is_not_the_rules() -> None:
    each = Scope.of({}, ["end_user", "key"])
    assert each.subject(CALL) == "key=1&end_user=ann"
    assert not each.covers(CALL._replace(end_user=""))


@pytest.mark.parametrize("user", ["x" * 500, "a\nb", "ü" * 20, "&key=2"])
def test_what_clients_send_makes_a_short_and_printable_subject(user: str) -> None:
    subject = Scope.of({}, ["end_user"]).subject(CALL._replace(end_user=user))
    assert len(subject) <= 180 and subject.isascii() and subject.isprintable()


def test_two_subjects_are_never_the_same() -> None:
    both = Scope.of({}, ["key", "end_user"])
    one = CALL._replace(key="1", end_user="x&key=2")
    other = CALL._replace(key="1&end_user=x", end_user="2")
    assert both.subject(one) != both.subject(other)
    assert both.values(both.subject(one)) == {"key": "1", "end_user": "x&key=2"}
    assert both.values(both.subject(one._replace(end_user="x" * 300))) is None


def test_an_unknown_dimension_is_refused() -> None:
    with pytest.raises(ValueError):
        Scope.of({"planet": "mars"})


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("window", "now", "begins", "resets"),
    [
        ("day", "2026-11-28T23:59:59", "2026-11-28", "2026-11-29"),
        ("week", "2026-11-29T12:00:00", "2026-11-23", "2026-11-30"),
        ("month", "2026-12-31T23:00:00", "2026-12-01", "2027-01-01"),
        ("month", "2028-02-29T00:00:00", "2028-02-01", "2028-03-01"),
    ],
)
def test_calendar_windows(window: str, now: str, begins: str, resets: str) -> None:
    period = period_of(window, at(now))
    assert (period.bucket, period.oldest, period.resets) == (at(begins), at(begins), at(resets))


def test_rolling_windows_reach_back_and_a_lifetime_never_ends() -> None:
    now = at("2026-11-28T12:30:00")
    assert period_of("rolling_week", now).oldest == at("2026-11-21")
    assert period_of("rolling_day", now).oldest == at("2026-11-27T12:00:00")
    assert period_of("lifetime", now) == (0, 0, None, None)


def test_a_sliding_window_loses_at_most_five_per_cent_to_its_buckets() -> None:
    assert all(2 / window.buckets <= 0.05 for window in SLIDING.values())
