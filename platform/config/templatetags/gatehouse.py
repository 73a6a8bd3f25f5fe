"""Numbers as people read them."""

from decimal import Decimal

from django import template

from config.dashboard.outcomes import Outcomes

register = template.Library()
UNITS = ((1_000_000_000, "G"), (1_000_000, "M"), (10_000, "k"))
NOTHING = "\u2013"


@register.filter
def grouped(number: int) -> str:
    """1234567 as 1,234,567."""
    return f"{number:,}"


@register.filter
def compact(number: int) -> str:
    """1234567 as 1.2M; below ten thousand every digit."""
    for size, unit in UNITS:
        if number >= size:
            return f"{number / (1000 if unit == 'k' else size):.1f}".removesuffix(".0") + unit
    return grouped(number)


@register.filter
def dollars(price: Decimal | None) -> str:
    """A price without needless zeros; what is unknown is said, and is not 0."""
    return "unknown" if price is None or price == "" else format(price.normalize(), "f")


@register.filter
def duration(milliseconds: float | None) -> str:
    """A length of time with the unit that suits it."""
    if milliseconds is None:
        return NOTHING
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"


@register.filter
def answered_share(outcomes: Outcomes) -> str:
    """Share of answered calls among those that were not refused or stopped by the caller's own doing."""
    counted = outcomes.completed + outcomes.failed
    if not counted:
        return NOTHING
    share = outcomes.completed / counted
    # Never rounded up to 100 %: one failure in a million is no perfection.
    return "100 %" if share == 1 else f"{min(share * 100, 99.9):.1f} %"


@register.filter
def spoken(name: str) -> str:
    """app_database as App database."""
    return name.replace("_", " ").capitalize()
