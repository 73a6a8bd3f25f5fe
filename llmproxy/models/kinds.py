"""Closed lists that rows choose from. Callables, so that a new entry makes no migration."""

from llmproxy.adapters.auth import SCHEMES
from llmproxy.adapters.registry import ADAPTERS
from llmproxy.routing.failure import REASONS
from llmproxy.routing.place import ROLES
from llmproxy.routing.policy import STICKY, STRATEGIES

WIRES = {
    "openai_chat": "OpenAI-compatible",
    "openai_responses": "OpenAI Responses",
    "anthropic_messages": "Anthropic Messages",
    "gemini": "Google Gemini",
    "bedrock_converse": "AWS Bedrock Converse",
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


def strategy_choices() -> list[tuple[str, str]]:
    """How a route chooses."""
    return list(STRATEGIES.items())


def sticky_choices() -> list[tuple[str, str]]:
    """What a route keeps together."""
    return list(STICKY.items())


def role_choices() -> list[tuple[str, str]]:
    """What a deployment is for in a route."""
    return list(ROLES.items())


def fallback_choices() -> list[tuple[str, str]]:
    """What a fallback is for."""
    return list(REASONS.items())
