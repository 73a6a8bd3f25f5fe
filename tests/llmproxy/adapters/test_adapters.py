"""Addresses: from the row, the endpoint and the model, and never outside of them."""

import pytest

from llmproxy.adapters.adapter import BadOptions
from llmproxy.adapters.registry import adapter

CHAT = "chat/completions"
AZURE = "https://unit.openai.azure.com"
BEDROCK = "https://bedrock-runtime.eu-central-1.amazonaws.com"
VERTEX = "https://europe-west4-aiplatform.googleapis.com"
PLACE = f"{VERTEX}/v1/projects/my-project/locations/europe-west4"


@pytest.mark.parametrize(
    ("name", "base_url", "options", "endpoint", "model", "stream", "url"),
    [
        ("standard", "https://a.example/v1", {}, CHAT, "m", False, "https://a.example/v1/chat/completions"),
        ("azure_openai", AZURE, {"api_version": "2024-10-21"}, CHAT, "my-gpt", False,
         f"{AZURE}/openai/deployments/my-gpt/chat/completions?api-version=2024-10-21"),
        ("azure_openai", AZURE, {}, CHAT, "my-gpt", False, f"{AZURE}/openai/v1/chat/completions"),
        ("azure_openai", AZURE, {"api_version": "2025-04-01-preview"}, "responses", "my-gpt", True,
         f"{AZURE}/openai/responses?api-version=2025-04-01-preview"),
        ("vertex", VERTEX, {"project": "my-project", "region": "europe-west4"}, "messages/count_tokens", "claude",
         False, f"{PLACE}/publishers/anthropic/models/count-tokens:rawPredict"),
        ("azure_openai", AZURE, {"api_version": "v"}, CHAT, "../../x?#", False,
         f"{AZURE}/openai/deployments/..%2F..%2Fx%3F%23/chat/completions?api-version=v"),
        ("azure_openai", AZURE, {"api_version": "v"}, CHAT, "..", False,
         f"{AZURE}/openai/deployments/%2E%2E/chat/completions?api-version=v"),
        ("bedrock", BEDROCK, {}, "converse", "anthropic.claude-v1:0", False,
         f"{BEDROCK}/model/anthropic.claude-v1%3A0/converse"),
        ("bedrock", BEDROCK, {}, "converse", "arn:aws:bedrock:eu-central-1:1:inference-profile/x", True,
         f"{BEDROCK}/model/arn%3Aaws%3Abedrock%3Aeu-central-1%3A1%3Ainference-profile%2Fx/converse-stream"),
        ("bedrock", BEDROCK, {}, CHAT, "openai.gpt-oss-20b-1:0", True, f"{BEDROCK}/openai/v1/chat/completions"),
        ("vertex", VERTEX, {"project": "my-project", "region": "europe-west4"}, CHAT, "google/gemini", False,
         f"{PLACE}/endpoints/openapi/chat/completions"),
        ("vertex", VERTEX, {"project": "my-project", "region": "europe-west4"}, "models/gemini:generateContent", "g",
         False, f"{PLACE}/publishers/google/models/gemini:generateContent"),
        ("vertex", VERTEX, {"project": "my-project", "region": "europe-west4"}, "messages", "claude@1", True,
         f"{PLACE}/publishers/anthropic/models/claude%401:streamRawPredict"),
    ],
)  # fmt: skip
def test_the_address(
    name: str, base_url: str, options: dict[str, str], endpoint: str, model: str, stream: bool, url: str
) -> None:
    assert adapter(name, base_url, options).url(endpoint, model, stream=stream) == url


def test_models_are_listed_where_the_provider_lists_them() -> None:
    assert adapter("standard", "https://a.example/v1", {}).discovery_url("models") == "https://a.example/v1/models"
    assert (
        adapter("azure_openai", AZURE, {"api_version": "1"}).discovery_url("models")
        == f"{AZURE}/openai/models?api-version=1"
    )
    assert adapter("azure_openai", AZURE, {}).discovery_url("models") == f"{AZURE}/openai/v1/models"
    listed = adapter("bedrock", BEDROCK, {}).discovery_url("foundation-models")
    assert listed == "https://bedrock.eu-central-1.amazonaws.com/foundation-models"


def test_missing_options_are_named() -> None:
    with pytest.raises(BadOptions, match="project .*region"):
        adapter("vertex", VERTEX, {})


def test_an_unknown_adapter_is_refused() -> None:
    with pytest.raises(ValueError, match="no adapter"):
        adapter("parrot", VERTEX, {})
