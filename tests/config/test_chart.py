"""Bars that say what the numbers say."""

import datetime as dt

import pytest

from config.dashboard import chart
from config.dashboard.outcomes import Outcomes
from config.templatetags.gatehouse import answered_share, compact, duration

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def test_the_highest_bar_fits_and_pieces_are_stacked() -> None:
    drawn = chart.draw([(START, Outcomes()), (START, Outcomes(completed=6, failed=2, aborted=1, rejected=1))])
    assert drawn.bars[0].pieces == []
    pieces = drawn.bars[1].pieces
    assert [piece.kind for piece in pieces] == ["completed", "failed", "aborted", "rejected"]
    assert pieces[0].y + pieces[0].height == pytest.approx(chart.HEIGHT)
    assert pieces[1].y + pieces[1].height == pytest.approx(pieces[0].y, abs=0.05)
    assert all(piece.y >= 0 for piece in pieces)


def test_one_failure_among_thousands_is_still_seen() -> None:
    drawn = chart.draw([(START, Outcomes(completed=100_000, failed=1))])
    assert drawn.bars[0].pieces[1].height >= chart.LEAST_HEIGHT


@pytest.mark.parametrize(("most", "top"), [(1, 1), (3, 4), (10, 10), (11, 20), (41, 100), (100, 100), (101, 200)])
def test_the_scale_ends_on_a_round_number(most: int, top: int) -> None:
    assert chart.draw([(START, Outcomes(completed=most))]).lines[0] == (0.0, top)


def test_nothing_is_drawn_of_nothing() -> None:
    assert chart.draw([]).bars == []


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (9999, "9,999"), (12_345, "12.3k"), (1_000_000, "1M"), (2_500_000_000, "2.5G")]
)
def test_large_numbers_are_short(number: int, text: str) -> None:
    assert compact(number) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"), [(None, "\u2013"), (0.42, "0.4 ms"), (12.6, "13 ms"), (1500, "1.5 s")]
)
def test_a_length_of_time_has_its_unit(milliseconds: float | None, text: str) -> None:
    assert duration(milliseconds) == text


def test_a_share_is_never_rounded_up_to_all() -> None:
    assert answered_share(Outcomes(completed=1_000_000, failed=1)) == "99.9 %"
    assert answered_share(Outcomes(completed=5)) == "100 %"
    assert answered_share(Outcomes(rejected=5)) == "\u2013"
