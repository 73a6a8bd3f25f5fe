"""Figures of the evidence pages as people read them."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
NOTHING = "\u2013"
UNITS = ((1e9, "G"), (1e6, "M"), (1e4, "k"))
DIRECTIONS = {("good", True): "ok", ("good", False): "failed", ("bad", True): "failed", ("bad", False): "ok"}


@register.filter
def value_of(values: Mapping[str, float], kind: str) -> float:
    """A mapping's value, 0 where it has none."""
    return values.get(kind, 0.0)


@register.filter
def amount(value: float, unit: str) -> str:
    """A value of a chart with its unit: "$", "s" or none."""
    if unit == "$":
        return _money(value)
    if unit == "s":
        return _seconds(value * 1000)
    return _compact(value)


@register.filter
def dollars(nano: int) -> str:
    """Nano-dollars as dollars."""
    return _money(nano / 1e9)


@register.filter
def figure(tile: Any) -> str:
    """A tile's value in its own form."""
    if tile.value is None:
        return NOTHING
    forms = {"number": _number, "compact": _compact, "share": _share, "duration": _seconds, "money": _money}
    return forms[tile.form](tile.value)


@register.filter
def change(tile: Any) -> SafeString | str:
    """Against the period before, in words and with a sign, so that colour is not all that tells it."""
    if tile.change is None:
        return "nothing earlier"
    if abs(tile.change) < 0.05:
        return "as before"
    state = DIRECTIONS.get((tile.more_is, tile.change > 0))
    text = f"{tile.change:+,.1f} %" if abs(tile.change) < 1000 else f"{tile.change / 100 + 1:,.0f} times"
    return format_html('<span class="gh-change-{}">{}</span> than before', state or "even", text)


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _compact(value: float) -> str:
    for size, unit in UNITS:
        if value >= size:
            return f"{value / (1e3 if unit == 'k' else size):.1f}".removesuffix(".0") + unit
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def _share(value: float) -> str:
    # Never rounded up to 100 %: one failure in a million is no perfection.
    return "100 %" if value == 100 else f"{min(value, 99.9):.1f} %"


def _seconds(milliseconds: float) -> str:
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"


def _money(value: float) -> str:
    if value == 0:
        return "$0"
    return f"${value:,.2f}" if value >= 1 else f"${value:.4g}"
