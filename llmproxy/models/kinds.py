"""Closed lists that rows choose from. Callables, so that a new entry makes no migration."""

from llmproxy.adapters.auth import SCHEMES
from llmproxy.adapters.registry import ADAPTERS

WIRES = {
    "openai_chat": "OpenAI-compatible",
    "openai_responses": "OpenAI Responses",
    "anthropic_messages": "Anthropic Messages",
    "gemini": "Google Gemini",
}
KINDS = {
    "chat": "Chat",
    "embeddings": "Embeddings",
    "images": "Images",
    "audio": "Audio",
    "moderations": "Moderation",
    "rerank": "Rerank",
}


def wire_choices() -> list[tuple[str, str]]:
    """Wire formats that we speak."""
    return list(WIRES.items())


def auth_choices() -> list[tuple[str, str]]:
    """Ways to present a credential."""
    return [(name, scheme.label) for name, scheme in SCHEMES.items()]


def adapter_choices() -> list[tuple[str, str]]:
    """Ways to build an address."""
    return [(name, registered.label) for name, registered in ADAPTERS.items()]


def kind_choices() -> list[tuple[str, str]]:
    """What a model does."""
    return list(KINDS.items())
