"""The presets: complete, documented, and each way of each one makes a row that can be saved."""

import re
from pathlib import Path

import pytest

from llmproxy.adapters.auth import SCHEMES
from llmproxy.adapters.registry import ADAPTERS, adapter
from llmproxy.models import Provider
from llmproxy.models.kinds import WIRES
from llmproxy.presets import BY_HAND, PRESETS, Ask, BadAnswer, Emblem, Preset, Way
from llmproxy.presets.preset import PLACEHOLDER

ROOT = Path(__file__).resolve().parents[3]
WAYS = [(preset, way) for preset in PRESETS.values() for way in preset.ways]
# Those that INTEROP names; more are welcome.
PROMISED = frozenset(
    (
        "openai", "anthropic", "mistral", "google-gemini", "ollama", "vllm", "llama-cpp", "together", "groq",
        "fireworks", "azure-openai", "aws-bedrock", "vertex-ai", "portkey", "apipark", "litellm", "openrouter",
        "llm-gateway", "deepseek", "xai", "cohere", "perplexity", "cerebras", "nvidia-nim", "huggingface",
        "openai-compatible",
    )
)  # fmt: skip


def answers(way: Way) -> dict[str, str]:
    """What a person might type."""
    samples = {"label": "eu-central-1", "name": "my-project", "url": "https://llm.example.com/v1", "text": "value"}
    return {name: ask.default or samples[ask.form] for name, ask in way.asks.items()}


def test_every_promised_provider_is_there() -> None:
    assert set(PRESETS) >= PROMISED


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.slug)
def test_every_preset_is_documented_and_can_be_used_now(preset: Preset) -> None:
    page = (ROOT / "docs" / "presets.md").read_text(encoding="utf-8")
    assert f"| {preset.name} |" in page
    assert preset.documentation.startswith("https://")
    assert preset.documentation in page
    assert preset.ways_over(WIRES), "no way over a wire that is spoken here"


@pytest.mark.parametrize("sign", [*(preset.sign for preset in PRESETS.values()), BY_HAND])
def test_every_sign_is_one_path_within_its_tile(sign: Emblem) -> None:
    assert re.fullmatch(r"M[MmLlHhVvAaZz0-9 .-]{5,300}", sign.drawing)
    assert 0 <= sign.hue < 360


def test_no_two_signs_are_alike() -> None:
    drawings = [preset.emblem for preset in PRESETS.values()]
    assert len(set(drawings)) == len(drawings)


@pytest.mark.parametrize(
    ("preset", "way"), WAYS, ids=lambda part: part.slug if isinstance(part, Preset) else part.label
)
def test_every_way_makes_a_row_that_may_be_saved(preset: Preset, way: Way, settings) -> None:  # type: ignore[no-untyped-def]
    row = way.row(answers(way))
    assert way.auth_scheme in SCHEMES
    assert way.adapter in ADAPTERS
    assert not PLACEHOLDER.search(" ".join((row["base_url"], row["auth_header_name"], *row["options"].values())))
    Provider(name=preset.name, slug=preset.slug, preset=preset.slug, **row).clean()


def test_azure_is_asked_for_its_resource_and_version() -> None:
    row = PRESETS["azure-openai"].ways[0].row({"resource": "unit"})
    assert row["base_url"] == "https://unit.openai.azure.com"
    assert row["options"] == {"api_version": "2024-10-21"}


def test_azures_v1_api_names_no_version_and_speaks_responses() -> None:
    for way in PRESETS["azure-openai"].ways[2:]:
        row = way.row({"resource": "unit"})
        azure = adapter(row["adapter"], row["base_url"], row["options"])
        assert row["more_wires"] == ["openai_responses"]
        for endpoint in ("responses", "chat/completions", "embeddings"):
            assert azure.url(endpoint, "gpt") == f"https://unit.openai.azure.com/openai/v1/{endpoint}"
        assert azure.discovery_url(row["discovery_path"]) == "https://unit.openai.azure.com/openai/v1/models"


def test_anthropic_takes_its_key_in_either_style() -> None:
    ways = [way.row({}) for way in PRESETS["anthropic"].ways if way.wire == "anthropic_messages"]
    assert [(row["auth_scheme"], row["auth_header_name"]) for row in ways] == [("header", "x-api-key"), ("bearer", "")]


@pytest.mark.parametrize("resource", ["", "evil.example.com/", "a#", "a?b", "a@b", "..", "a/b", "x" * 64])
def test_a_part_of_a_host_cannot_become_another_host(resource: str) -> None:
    with pytest.raises(BadAnswer) as refused:
        PRESETS["azure-openai"].ways[0].row({"resource": resource})
    assert refused.value.ask == "resource"


@pytest.mark.parametrize(
    ("way", "given", "headers"),
    [
        (0, {"virtual_key": "vk-1"}, {"x-portkey-virtual-key": "vk-1"}),
        (1, {"config": "pc-1"}, {"x-portkey-config": "pc-1"}),
        (2, {"provider": "openai"}, {"x-portkey-provider": "openai"}),
        (2, {"provider": "openai", "custom_host": "https://llm.example.com/v1"},
         {"x-portkey-provider": "openai", "x-portkey-custom-host": "https://llm.example.com/v1"}),
    ],
)  # fmt: skip
def test_portkey_is_reached_by_virtual_key_config_or_host(
    way: int, given: dict[str, str], headers: dict[str, str]
) -> None:
    row = PRESETS["portkey"].ways[way].row(given)
    assert row["quirks"] == {"extra_headers": headers}
    assert row["auth_header_name"] == "x-portkey-api-key"


def test_an_answer_may_be_left_out_only_where_that_is_said() -> None:
    assert Ask("x", optional=True).checked("x", " ") == ""
    assert Ask("x", default="d").checked("x", "") == "d"
    with pytest.raises(BadAnswer):
        Ask("x").checked("x", "")


def test_a_header_of_several_lines_cannot_be_typed() -> None:
    with pytest.raises(BadAnswer):
        Ask("x", form="text").checked("x", "a\r\nx-evil: 1")
