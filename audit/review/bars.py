"""Stacked bars as numbers for an inline SVG, drawn by a template with a table beside them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

WIDTH, HEIGHT = 960.0, 160.0
GAP = 0.25  # share of a bar's place that stays empty
LEAST_HEIGHT = 2.0  # one failure among thousands has to be seen


class Piece(NamedTuple):
    """A rectangle, in units of the view box."""

    kind: str
    x: float
    y: float
    width: float
    height: float


class Bar(NamedTuple):
    """What a bar says, and its rectangles."""

    start: datetime
    values: Mapping[str, float]
    pieces: list[Piece]
    x: float
    width: float


class Chart(NamedTuple):
    """Bars and the top of the scale."""

    bars: list[Bar]
    top: float
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def is_empty(self) -> bool:
        """Nothing to draw."""
        return not any(bar.pieces for bar in self.bars)


def stacked(rows: Sequence[tuple[datetime, Mapping[str, float]]]) -> Chart:
    """Bars whose kinds stand on top of each other, in the order of the mapping."""
    return _drawn(rows, max((sum(values.values()) for _, values in rows), default=0.0), on_top=True)


def beside(rows: Sequence[tuple[datetime, Mapping[str, float]]]) -> Chart:
    """Bars whose kinds stand behind each other, the largest first: for percentiles, which do not add up."""
    return _drawn(rows, max((max(values.values(), default=0.0) for _, values in rows), default=0.0), on_top=False)


def _drawn(rows: Sequence[tuple[datetime, Mapping[str, float]]], largest: float, *, on_top: bool) -> Chart:
    top = round_up(largest)
    place = WIDTH / max(1, len(rows))
    bars = [
        Bar(start, values, _pieces(values, index * place, place * (1 - GAP), top, on_top=on_top), index * place, place)
        for index, (start, values) in enumerate(rows)
    ]
    return Chart(bars, top)


def _pieces(values: Mapping[str, float], x: float, width: float, top: float, *, on_top: bool) -> list[Piece]:
    pieces, base = [], HEIGHT
    ordered = values.items() if on_top else sorted(values.items(), key=lambda pair: -pair[1])
    for kind, value in ordered:
        if value > 0:
            height = max(LEAST_HEIGHT, value * HEIGHT / top)
            y = (base if on_top else HEIGHT) - height
            base = y if on_top else base
            pieces.append(Piece(kind, round(x, 2), round(max(0.0, y), 2), round(width, 2), round(height, 2)))
    return pieces


def round_up(value: float) -> float:
    """The next 1, 2, 4 or 10 times a power of ten that is no smaller, so that the scale is read at a glance."""
    if value <= 0:
        return 1.0
    step = 1e-9
    while step * 10 < value:
        step *= 10
    return next(step * factor for factor in (1, 2, 4, 10, 20) if step * factor >= value * (1 - 1e-12))
