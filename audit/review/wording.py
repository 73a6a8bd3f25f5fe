"""Numbers as people read them."""

import math

UNITS = ((1e9, "G"), (1e6, "M"), (1e4, "k"))


def number(value: float) -> str:
    """1234567 as 1,234,567."""
    return f"{value:,.0f}"


def compact(value: float) -> str:
    """1234567 as 1.2M; below ten thousand every digit."""
    for size, unit in UNITS:
        if value >= size:
            return f"{value / (1e3 if unit == 'k' else size):.1f}".removesuffix(".0") + unit
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"


def share(value: float) -> str:
    """Per cent; never rounded up to 100: one failure in a million is no perfection."""
    return "100 %" if value == 100 else f"{min(value, 99.9):.1f} %"


def seconds(milliseconds: float) -> str:
    """A length of time with the unit that suits it."""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"


def money(value: float) -> str:
    """US dollars: cents from one dollar on, four digits that count below."""
    if value == 0:
        return "$0"
    if value >= 1:
        return f"${value:,.2f}"
    digits = 3 - math.floor(math.log10(value))
    return f"${value:.{digits}f}".rstrip("0")
