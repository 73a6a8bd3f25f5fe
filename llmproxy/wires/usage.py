"""Token usage with one fixed meaning on every wire."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call.

    Attributes:
        input: all input tokens, cached ones included.
        cached: those of `input` that the provider read from its cache.
        cache_write: those of `input` that it wrote to its cache.
        output: all output tokens, reasoning included.
        reasoning: those of `output` spent on reasoning.
    """

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0
    cache_write: int = 0
