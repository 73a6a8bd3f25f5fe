"""The smallest useful call over each wire: what “Test this provider” sends."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from llmproxy.adapters.adapter import segment

ASK = "Answer with the word: ready"
MOST_TOKENS = 16


class Probe(NamedTuple):
    """The endpoint below the provider's address, and the body."""

    endpoint: str
    body: Mapping[str, Any]


def _chat(model: str) -> Probe:
    body = {"model": model, "messages": [{"role": "user", "content": ASK}], "max_tokens": MOST_TOKENS}
    return Probe("chat/completions", body)


def _responses(model: str) -> Probe:
    return Probe("responses", {"model": model, "input": ASK, "max_output_tokens": MOST_TOKENS})


def _messages(model: str) -> Probe:
    return Probe("messages", _chat(model).body)


def _gemini(model: str) -> Probe:
    contents = [{"role": "user", "parts": [{"text": ASK}]}]
    return Probe(f"models/{segment(model)}:generateContent", {"contents": contents})


def _converse(model: str) -> Probe:
    return Probe("converse", {"messages": [{"role": "user", "content": [{"text": ASK}]}]})


PROBES: Mapping[str, Callable[[str], Probe]] = {
    "openai_chat": _chat,
    "openai_responses": _responses,
    "anthropic_messages": _messages,
    "gemini": _gemini,
    "bedrock_converse": _converse,
}
