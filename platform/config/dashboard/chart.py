"""The calls over time as numbers for an inline SVG: stacked bars, drawn by the template, with a table beside them."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from config.dashboard.outcomes import Outcomes

WIDTH = 960.0
HEIGHT = 180.0
GAP = 0.25  # share of a bar's place that stays empty
LEAST_HEIGHT = 2.0  # one failure among thousands of calls has to be seen


class Piece(NamedTuple):
    """A rectangle of a bar, in the units of the SVG's view box."""

    kind: str
    x: float
    y: float
    width: float
    height: float


class Bar(NamedTuple):
    """What a bar says and how it is drawn."""

    start: dt.datetime
    outcomes: Outcomes
    pieces: list[Piece]
    x: float
    width: float


class Chart(NamedTuple):
    """Bars, and the lines of the scale as (y, calls)."""

    bars: list[Bar]
    lines: list[tuple[float, int]]
    width: float = WIDTH
    height: float = HEIGHT


def draw(bars: Sequence[tuple[dt.datetime, Outcomes]]) -> Chart:
    """Lay out `bars`, oldest first."""
    top = _round_up(max((outcomes.total for _, outcomes in bars), default=0))
    place = WIDTH / max(1, len(bars))
    drawn = [
        Bar(start, outcomes, _pieces(outcomes, index * place, place * (1 - GAP), HEIGHT / top), index * place, place)
        for index, (start, outcomes) in enumerate(bars)
    ]
    return Chart(drawn, [(0.0, top), (HEIGHT / 2, top // 2)] if top > 1 else [(0.0, top)])


def _pieces(outcomes: Outcomes, x: float, width: float, unit: float) -> list[Piece]:
    pieces, base = [], HEIGHT
    for kind, number in zip(Outcomes._fields, outcomes, strict=True):
        if number:
            height = max(LEAST_HEIGHT, number * unit)
            base -= height
            pieces.append(Piece(kind, round(x, 2), round(max(0.0, base), 2), round(width, 2), round(height, 2)))
    return pieces


def _round_up(number: int) -> int:
    """The next 1, 2, 4 or 10 times a power of ten that is no smaller, so that the scale is read at a glance."""
    step = 1
    while step * 10 < number:
        step *= 10
    return next(step * factor for factor in (1, 2, 4, 10) if step * factor >= number) if number else 1
