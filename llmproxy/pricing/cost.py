"""Usage by class × price → cost."""

from collections.abc import Mapping
from typing import Final

from llmproxy.pricing.rates import PER_TOKENS, Price, Rates
from llmproxy.wires.usage import Usage

NO_UNITS: Final[Mapping[str, int]] = {}
# What endpoints count beside tokens: the rate that prices it, and how many of it the rate is for.
UNITS: Final[Mapping[str, tuple[str, int]]] = {
    "images": ("image", 1),
    "sound_ms": ("minute", 60_000),
    "characters": ("characters", PER_TOKENS),
    "documents": ("document", 1),
}


def cost_nano(
    usage: Usage | None, price: Price | None, units: Mapping[str, int] = NO_UNITS, *, batch: bool = False
) -> int | None:
    """Nano-dollars, rounded up; None where the price of something that was used is unknown.

    Args:
        units: what was used beside tokens, by the names of UNITS.
        batch: the provider gives its discount for calls that may take their time.
    """
    if price is None or (usage is None and not units):
        return None
    rates = price.rates_for(0 if usage is None else usage.input)
    other = units_nano(units, rates)
    tokens = 0 if usage is None else _tokens(usage, rates)
    if usage is not None and tokens is None and units and rates.has_units:
        tokens = 0  # images and sound whose tokens are told and not charged
    if other is None or tokens is None:
        return None
    whole = -(-(tokens + other * PER_TOKENS) // PER_TOKENS) + rates.request
    return -(-whole * rates.batch_percent // 100) if batch and rates.batch_percent is not None else whole


def units_nano(units: Mapping[str, int], rates: Rates) -> int | None:
    """Of what is priced by something else than tokens; None where that is the price's only way and it is unknown."""
    total, unpriced = 0, False
    for name, number in units.items():
        rate_name, per = UNITS.get(name, ("", 1))
        rate = getattr(rates, rate_name) if rate_name else None
        if rate is None:
            unpriced = unpriced or bool(number)
            continue
        total += -(-number * rate // per)
    return None if unpriced and rates.input is None and not total else total


def _tokens(usage: Usage, rates: Rates) -> int | None:
    cached, written = usage.cached, usage.cache_write
    parts = (
        (max(0, usage.input - cached - written), rates.input),
        (cached, rates.input if rates.cached is None else rates.cached),
        (written, rates.input if rates.cache_write is None else rates.cache_write),
        (max(0, usage.output - usage.reasoning), rates.output),
        (usage.reasoning, rates.output if rates.reasoning is None else rates.reasoning),
    )
    total = 0
    for tokens, rate in parts:
        if tokens and rate is None:
            return None
        total += tokens * (rate or 0)
    return total
