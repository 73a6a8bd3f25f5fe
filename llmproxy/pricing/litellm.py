"""The JSON table of prices and context windows that the LiteLLM project publishes: a second opinion, from a file."""

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from llmproxy.pricing.published import BadTable, Entry, Table

SOURCE = "litellm"
UNITS = {
    "input_cost_per_token": "input",
    "cache_read_input_token_cost": "cached",
    "cache_creation_input_token_cost": "cache_write",
    "output_cost_per_token": "output",
    "output_cost_per_reasoning_token": "reasoning",
}
ABOVE = {"_above_128k_tokens": 128_000, "_above_200k_tokens": 200_000, "_above_256k_tokens": 256_000}
# Their names of sellers, where they differ from those of our catalogues.
SELLERS = {
    "xai": "x-ai", "gemini": "google", "bedrock": "aws", "bedrock_converse": "aws", "together_ai": "together",
    "fireworks_ai": "fireworks", "azure_ai": "azure", "cohere_chat": "cohere", "moonshot": "moonshotai",
}  # fmt: skip
CAPABILITY = "supports_"


def table(content: bytes) -> Table:
    """Raises BadTable for what is no such file."""
    try:
        models = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadTable(f"The file is not JSON: {error.msg}.") from error
    if not isinstance(models, dict) or not any(isinstance(value, dict) for value in models.values()):
        raise BadTable("The file holds no object of models by name.")
    entries = (_entry(name, facts) for name, facts in models.items() if isinstance(facts, dict))
    made = Table.of(SOURCE, hashlib.sha256(content).hexdigest()[:12], (entry for entry in entries if entry is not None))
    if not made.entries:
        raise BadTable("The file holds no model with a seller (litellm_provider).")
    return made


def _entry(name: str, facts: Mapping[str, Any]) -> Entry | None:
    seller = facts.get("litellm_provider")
    if not isinstance(seller, str) or not seller or name == "sample_spec":
        return None
    catalogue = "google" if seller.startswith("vertex_ai") else SELLERS.get(seller, seller)
    tiers = {above: _prices(facts, suffix) for suffix, above in ABOVE.items() if _prices(facts, suffix)}
    prices = _prices(facts, "")
    return Entry(
        catalogue,
        name.removeprefix(f"{seller}/"),
        prices=prices,
        tiers={above: {**prices, **tier} for above, tier in tiers.items()},
        request=_dollars(facts.get("input_cost_per_request")) or Decimal(0),
        context_window=_tokens(facts.get("max_input_tokens")),
        max_output=_tokens(facts.get("max_output_tokens")),
        capabilities=tuple(sorted(_capabilities(facts))),
    )


def _prices(facts: Mapping[str, Any], suffix: str) -> dict[str, Decimal]:
    found = {name: _dollars(facts.get(f"{unit}{suffix}")) for unit, name in UNITS.items()}
    return {name: value * 1_000_000 for name, value in found.items() if value is not None}


def _dollars(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _tokens(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else None


def _capabilities(facts: Mapping[str, Any]) -> Iterator[str]:
    mode = facts.get("mode")
    if isinstance(mode, str) and mode:
        yield mode[:40]
    yield from (name.removeprefix(CAPABILITY)[:40] for name, value in facts.items()
                if name.startswith(CAPABILITY) and value is True)  # fmt: skip
