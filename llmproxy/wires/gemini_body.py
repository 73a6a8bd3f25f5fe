"""Gemini's requests: the model stands in the address, and in some bodies a second time."""

from collections.abc import Mapping
from typing import Any

import orjson

from llmproxy.wires.openai_chat import NEVER_FROM_CLIENTS, Prepared, Rules


def prepare(raw: bytes, parsed: Mapping[str, Any], model: str, rules: Rules) -> Prepared:
    """The provider's body: the client's bytes unless a rule applies or it names the model.

    Args:
        parsed: `raw` parsed; a JSON object.
        model: the provider's name of the model.
    """
    dropped = tuple(name for name in (*NEVER_FROM_CLIENTS, *rules.drop) if name in parsed)
    if not rules and not dropped and b'"model"' not in raw and b"\\u00" not in raw:
        return Prepared(raw, False, ())
    body = {rules.rename.get(name, name): value for name, value in parsed.items() if name not in dropped}
    return Prepared(orjson.dumps(_named({**body, **rules.extra_body}, f"models/{model}")), False, dropped)


def _named(body: dict[str, Any], model: str) -> dict[str, Any]:
    """`model` at the three places where the API has one: embedContent, batchEmbedContents, countTokens."""
    if "model" in body:
        body["model"] = model
    if isinstance(inner := body.get("generateContentRequest"), Mapping):
        body["generateContentRequest"] = {**inner, "model": model}
    if isinstance(requests := body.get("requests"), list):
        body["requests"] = [{**each, "model": model} if isinstance(each, Mapping) else each for each in requests]
    return body
