"""The table that comes with the package genai-prices: read from its wheel, no network.

Its authors warn that prices are not always right: rows are reviewed before they hold, and can be overruled by hand.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from genai_prices.data import providers
from genai_prices.types import ModelInfo, ModelPrice, Provider, TieredPrices

from llmproxy.pricing.published import Entry, Table

SOURCE = "genai-prices"
UNITS = {
    "input_mtok": "input",
    "cache_read_mtok": "cached",
    "cache_write_mtok": "cache_write",
    "output_mtok": "output",
    "output_reasoning_mtok": "reasoning",
}


def table(now: datetime) -> Table:
    """The prices that hold at `now`."""
    entries = (_entry(provider, model, now) for provider in providers for model in provider.models)
    return Table.of(SOURCE, version(SOURCE), entries)


def matches(base_url: str, model: str) -> Iterator[tuple[str, str]]:
    """Catalogue and model that a provider's name of a model may stand for there, the best first."""
    for provider in providers:
        if not re.match(provider.api_pattern, base_url):
            continue
        for name in dict.fromkeys((model, model.rpartition("/")[2])):
            if (found := provider.find_model(name, all_providers=providers)) is not None:
                yield _owner(found, provider).id, found.id


def _owner(model: ModelInfo, first: Provider) -> Provider:
    """Whose entry it is: one provider may sell another's models at the other's price."""
    return next((provider for provider in (first, *providers) if any(own is model for own in provider.models)), first)


def _entry(provider: Provider, model: ModelInfo, now: datetime) -> Entry:
    price = _dearest(model, now)
    prices, tiers = _by_class(price)
    request = price.requests_kcount
    return Entry(
        provider.id,
        model.id,
        (model.name or "")[:200],
        prices,
        tiers,
        request / 1000 if isinstance(request, Decimal) else Decimal(0),
        model.context_window,
    )


def _dearest(model: ModelInfo, now: datetime) -> ModelPrice:
    """Some prices depend on the hour: the highest of the day is taken, so that nothing is counted too low."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if not isinstance(model.prices, list):
        return model.get_prices(now)
    hours = (model.get_prices(midnight + timedelta(hours=hour)) for hour in range(24))
    return max(hours, key=lambda price: _base(price.input_mtok) + _base(price.output_mtok))


def _base(value: Any) -> Decimal:
    if isinstance(value, TieredPrices):
        return value.base
    return value if isinstance(value, Decimal) else Decimal(0)


def _by_class(price: ModelPrice) -> tuple[Mapping[str, Decimal], Mapping[int, Mapping[str, Decimal]]]:
    found = {name: getattr(price, unit) for unit, name in UNITS.items() if getattr(price, unit) is not None}
    prices = {name: _base(value) for name, value in found.items()}
    starts = {tier.start for value in found.values() if isinstance(value, TieredPrices) for tier in value.tiers}
    return prices, {start: {name: _above(value, start) for name, value in found.items()} for start in sorted(starts)}


def _above(value: Any, start: int) -> Decimal:
    if not isinstance(value, TieredPrices):
        return _base(value)
    return next((tier.price for tier in reversed(value.tiers) if tier.start <= start), value.base)
