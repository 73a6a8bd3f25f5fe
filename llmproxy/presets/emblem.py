"""The signs of providers: drawn by us, since makers' marks are theirs and may not be shipped. Pure.

A sign is one path in a field of 40 by 40, drawn in white strokes on a tile of its own colour, so that it can be told
in light and in dark. The provider's name always stands beside it.
"""

from typing import NamedTuple


class Emblem(NamedTuple):
    """Attributes: drawing: the `d` of an SVG path. hue: of the tile, in degrees."""

    drawing: str
    hue: int


# A rack of two: what was filled in by hand.
BY_HAND = Emblem("M9 10h22v8H9zM9 22h22v8H9zM13 14v.01M13 26v.01M18 14h9M18 26h9", 210)
