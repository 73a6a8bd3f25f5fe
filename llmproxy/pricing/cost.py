"""Usage by class × price → cost."""

from llmproxy.pricing.rates import PER_TOKENS, Price
from llmproxy.wires.usage import Usage


def cost_nano(usage: Usage, price: Price | None) -> int | None:
    """Nano-dollars, rounded up; None where the price of something that was used is unknown."""
    if price is None:
        return None
    rates = price.rates_for(usage.input)
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
    return -(-total // PER_TOKENS) + rates.request
