"""Anthropic Messages: usage, and the end of a stream.

https://docs.anthropic.com/en/api/messages-streaming
"""

from collections.abc import Mapping

from llmproxy.wires.taps.reading import count, text, usage_in
from llmproxy.wires.taps.tap import EventTap, ProviderError
from llmproxy.wires.usage import Usage

WITH_USAGE = frozenset({"message_start", "message_delta"})


def usage_from(reported: object) -> Usage | None:
    """Its usage object in the fixed meaning: what it calls input leaves out what came from or went to the cache."""
    if not isinstance(reported, Mapping):
        return None
    cached = count(reported, "cache_read_input_tokens")
    written = count(reported, "cache_creation_input_tokens")
    return Usage(
        input=count(reported, "input_tokens") + cached + written,
        output=count(reported, "output_tokens"),
        cached=cached,
        cache_write=written,
        reasoning=count(reported.get("output_tokens_details"), "thinking_tokens"),
    )


def usage_of(answer: bytes) -> Usage | None:
    """The usage that a whole answer reports."""
    return usage_in(answer, "usage", usage_from)


class AnthropicMessagesTap(EventTap):
    """`message_start` brings the input's usage, `message_delta` the output's, counted up."""

    __slots__ = ("_reported",)

    def __init__(self) -> None:
        super().__init__()
        self._reported: dict[str, object] = {}

    def _look_into(self, data: Mapping[str, object]) -> bool:
        kind = text(data, "type")
        if kind == "error":
            raise ProviderError
        if kind == "message_stop":
            self.complete = True
        elif kind in WITH_USAGE:
            message = data.get("message") if kind == "message_start" else data
            self._note(message.get("usage") if isinstance(message, Mapping) else None)
        return True

    def _note(self, reported: object) -> None:
        if isinstance(reported, Mapping):
            self._reported.update({name: value for name, value in reported.items() if value is not None})
            self.usage = usage_from(self._reported)
