"""Marks of what the provider may keep. https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching"""

from collections.abc import Mapping
from typing import Any

from llmproxy.wires.canonical import reading

SHORTEST, LONGEST = "5m", "1h"


def lifetime(block: Mapping[str, Any], at: str) -> str:
    """How long what stands up to `block` may be kept; empty for not at all. Raises BadRequest."""
    control = reading.mapping(block, "cache_control", at)
    if control is None:
        return ""
    return reading.optional_text(control, "ttl", f"{at}.cache_control") or SHORTEST


def marked(block: dict[str, Any], cache: str) -> dict[str, Any]:
    """`block` with its mark, if it has one. Five minutes is the API's own default."""
    if not cache:
        return block
    return {**block, "cache_control": {"type": "ephemeral", **({"ttl": LONGEST} if cache == LONGEST else {})}}
