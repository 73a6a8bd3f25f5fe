"""What a call may cost at most, whichever of several prices comes to hold for it."""

from collections.abc import Iterable, Mapping

from llmproxy.pricing.cost import units_nano
from llmproxy.pricing.rates import PER_TOKENS, Price, Rates


def most_nano(
    prices: Iterable[Price | None], input_tokens: int, output_tokens: int, units: Mapping[str, int]
) -> int | None:
    """Nano-dollars, rounded up; None where one of the prices is unknown for what the call may use."""
    most = 0
    for price in prices:
        if price is None:
            return None
        found = [_most(rates, input_tokens, output_tokens, units) for rates in _reachable(price, input_tokens)]
        if any(one is None for one in found):
            return None
        most = max([most, *(one for one in found if one is not None)])
    return most


def _reachable(price: Price, tokens: int) -> list[Rates]:
    """Of the tier of so many tokens and of those below: the call may turn out smaller, and a lower tier dearer."""
    return [price.rates, *(tier.rates for tier in price.tiers if tokens > tier.above)]


def _most(rates: Rates, input_tokens: int, output_tokens: int, units: Mapping[str, int]) -> int | None:
    other = units_nano(units, rates)
    if other is None:
        return None
    if units and rates.has_units:  # priced by something else than tokens
        return other + rates.request
    incoming = [rate for rate in (rates.input, rates.cached, rates.cache_write) if rate is not None]
    outgoing = [rate for rate in (rates.output, rates.reasoning) if rate is not None]
    if (input_tokens and rates.input is None) or (output_tokens and rates.output is None):
        return None
    total = input_tokens * max(incoming, default=0) + output_tokens * max(outgoing, default=0)
    return -(-total // PER_TOKENS) + other + rates.request
