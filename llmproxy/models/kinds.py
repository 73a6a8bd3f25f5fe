"""Closed lists that rows choose from. Callables, so that a new entry makes no migration."""

WIRES = {"openai_chat": "OpenAI-compatible"}
AUTH_SCHEMES = {
    "bearer": "Authorization: Bearer",
    "header": "A header of its own",
    "none": "None",
}
KINDS = {"chat": "Chat", "embeddings": "Embeddings"}


def wire_choices() -> list[tuple[str, str]]:
    """Wire formats that we speak."""
    return list(WIRES.items())


def auth_choices() -> list[tuple[str, str]]:
    """Ways to present a credential."""
    return list(AUTH_SCHEMES.items())


def kind_choices() -> list[tuple[str, str]]:
    """What a model does."""
    return list(KINDS.items())
