"""Periods: what is asked for, what lies before, and what is no period at all."""

from datetime import UTC, datetime, timedelta

import pytest

from audit.review.period import BadPeriod, Period

NOW = datetime(2026, 11, 24, 12, 34, 56, tzinfo=UTC)


def test_a_preset_ends_with_the_bar_that_is_running() -> None:
    period = Period.asked_for({"range": "24h"}, NOW)
    assert (period.since, period.until) == (
        datetime(2026, 11, 23, 13, tzinfo=UTC),
        datetime(2026, 11, 24, 13, tzinfo=UTC),
    )
    assert len(period.starts()) == 24
    assert period.bar_of(NOW) == 23


def test_two_dates_are_both_included() -> None:
    period = Period.asked_for({"from": "2026-11-01", "to": "2026-11-10"}, NOW)
    assert (period.since.day, period.until.day, len(period.starts())) == (1, 11, 10)


def test_what_lies_before_is_as_long() -> None:
    period = Period.asked_for({"range": "30d"}, NOW)
    assert period.before.until == period.since
    assert period.before.until - period.before.since == timedelta(days=30)


@pytest.mark.parametrize(
    "query",
    [{"range": "1y"}, {"from": "yesterday"}, {"from": "2026-02-30"}, {"from": "2026-02-02", "to": "2026-02-01"},
     {"from": "2020-01-01", "to": "2026-01-01"}, {"to": "2026-01-01"}, {"from": "\x00"}],
)  # fmt: skip
def test_nonsense_is_refused_in_words(query: dict[str, str]) -> None:
    with pytest.raises(BadPeriod):
        Period.asked_for(query, NOW)
