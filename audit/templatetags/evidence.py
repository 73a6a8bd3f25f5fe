"""Figures of the evidence pages as people read them."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.review.cells import text_of
from audit.review.wording import compact, money, number, seconds, share
from audit.tree.levels import BY_NAME, TITLES
from audit.tree.policy_rules import CLOSED

register = template.Library()
NOTHING = "\u2013"
DIRECTIONS = {("good", True): "ok", ("good", False): "failed", ("bad", True): "failed", ("bad", False): "ok"}


@register.simple_tag
def link(links: Any, name: str = "", value: object = "", **changes: object) -> str:
    """The present search with something changed: `{% link links "type" value %}` or `{% link links before=id %}`."""
    given = changes | ({name: value} if name else {})
    return str(links.changed(**{key: str(new) for key, new in given.items()}))


@register.filter
def name_of(names: Mapping[str, str], value: str) -> str:
    """What an id is called; the id where it has no name any more."""
    return names.get(value, value)


@register.filter
def cell(event: Any, column: str) -> str:
    """One cell of a table of events."""
    return text_of(event, column)


@register.filter
def level_title(name: str) -> str:
    """What a level of the audit policy keeps, in words."""
    level = BY_NAME.get(name)
    return name if level is None else TITLES[level]


@register.filter
def mode_of(modes: Mapping[str, str], name: str) -> str:
    """A fail mode; closed where none is given."""
    return modes.get(name, CLOSED)


@register.filter
def value_of(values: Mapping[str, float], kind: str) -> float:
    """A mapping's value, 0 where it has none."""
    return values.get(kind, 0.0)


@register.filter
def amount(value: float, unit: str) -> str:
    """A value of a chart with its unit: "$", "s" or none."""
    if unit == "$":
        return money(value)
    if unit == "s":
        return seconds(value * 1000)
    return compact(value)


@register.filter
def dollars(nano: int) -> str:
    """Nano-dollars as dollars."""
    return money(nano / 1e9)


@register.filter
def figure(tile: Any) -> str:
    """A tile's value in its own form."""
    if tile.value is None:
        return NOTHING
    forms = {"number": number, "compact": compact, "share": share, "duration": seconds, "money": money}
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
