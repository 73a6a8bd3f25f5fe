"""Published tables: the packaged one, and LiteLLM's JSON from a file."""

from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest

from llmproxy.pricing import genai, litellm
from llmproxy.pricing.published import BadTable, Entry, Table

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SPEC = {
    "sample_spec": {"litellm_provider": "one of …", "input_cost_per_token": 0.0},
    "gpt-4o": {
        "litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2.5e-06,
        "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 1.25e-06, "max_input_tokens": 128000,
        "max_output_tokens": 16384, "supports_vision": True, "supports_audio_input": False,
    },
    "xai/grok-4": {"litellm_provider": "xai", "input_cost_per_token": "3e-06", "output_cost_per_token": 1.5e-05},
    "gemini/gemini-2.5-pro": {
        "litellm_provider": "gemini", "input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05,
        "input_cost_per_token_above_200k_tokens": 2.5e-06,
    },
    "odd": {"litellm_provider": "openai", "input_cost_per_token": -1},
    "odder": {"litellm_provider": "openai", "input_cost_per_token": 1e300},
    "nothing": {"mode": "chat"},
    "text": "no model",
}  # fmt: skip


def entries(table: Table) -> dict[tuple[str, str], Entry]:
    return {entry.key: entry for entry in table.entries}


def test_the_packaged_table_is_large_and_makes_sense() -> None:
    table = genai.table(NOW)
    assert len(table.entries) > 2000
    assert all(entry.makes_sense for entry in table.entries)
    gpt = entries(table)["openai", "gpt-4o"]
    assert (gpt.prices["input"], gpt.prices["output"], gpt.context_window) == (Decimal("2.5"), Decimal(10), 128000)


def test_tiers_are_kept() -> None:
    gemini = entries(genai.table(NOW))["google", "gemini-2.5-pro"]
    assert gemini.prices["input"] < gemini.tiers[200_000]["input"]


def test_a_price_that_depends_on_the_hour_is_the_days_highest_at_any_hour() -> None:
    found = [entries(genai.table(NOW.replace(hour=hour)))["deepseek", "deepseek-v4-pro"] for hour in (0, 2, 12)]
    assert {entry.prices["input"] for entry in found} == {Decimal("1.32")}


def test_the_same_table_has_the_same_digest() -> None:
    assert genai.table(NOW).digest == genai.table(NOW).digest


@pytest.mark.parametrize(
    ("base_url", "model", "key"),
    [
        ("https://api.openai.com/v1", "gpt-4o", ("openai", "gpt-4o")),
        ("https://unit.openai.azure.com", "gpt-4o", ("openai", "gpt-4o")),
        ("https://api.mistral.ai/v1", "mistral-large-latest", ("mistral", "mistral-large")),
        ("https://europe-west4-aiplatform.googleapis.com", "google/gemini-2.5-pro", ("google", "gemini-2.5-pro")),
    ],
)
def test_a_providers_name_of_a_model_leads_to_a_known_model(base_url: str, model: str, key: tuple[str, str]) -> None:
    assert key in list(genai.matches(base_url, model))


def test_a_server_of_ones_own_has_no_published_price() -> None:
    assert list(genai.matches("https://llm.example.com/v1", "gpt-4o")) == []


def test_litellms_json_is_read() -> None:
    found = entries(litellm.table(orjson.dumps(SPEC)))
    assert set(found) == {("openai", "gpt-4o"), ("x-ai", "grok-4"), ("google", "gemini-2.5-pro")}
    gpt = found["openai", "gpt-4o"]
    assert gpt.prices == {"input": Decimal("2.5"), "cached": Decimal("1.25"), "output": Decimal(10)}
    assert (gpt.context_window, gpt.max_output, gpt.capabilities) == (128000, 16384, ("chat", "vision"))
    assert found["x-ai", "grok-4"].prices["input"] == Decimal(3)
    tier = found["google", "gemini-2.5-pro"].tiers[200_000]
    assert (tier["input"], tier["output"]) == (Decimal("2.5"), Decimal(10))


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"a": 1}', b'{"a": {}}', b"\xff\xfe", b"<html>"])
def test_what_is_no_such_file_is_refused_in_plain_words(content: bytes) -> None:
    with pytest.raises(BadTable):
        litellm.table(content)
