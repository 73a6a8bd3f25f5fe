"""OpenAI Responses: usage, and the end of a stream.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from collections.abc import Mapping

from llmproxy.wires.taps.reading import count, text, usage_in
from llmproxy.wires.taps.tap import EventTap, ProviderError
from llmproxy.wires.usage import Usage

ENDINGS = frozenset({"response.completed", "response.incomplete"})
FAILURES = frozenset({"response.failed", "error"})


def usage_from(reported: object) -> Usage | None:
    """Its usage object in the fixed meaning."""
    if not isinstance(reported, Mapping):
        return None
    details = reported.get("input_tokens_details")
    return Usage(
        input=count(reported, "input_tokens"),
        output=count(reported, "output_tokens"),
        cached=count(details, "cached_tokens"),
        reasoning=count(reported.get("output_tokens_details"), "reasoning_tokens"),
        cache_write=count(details, "cache_write_tokens"),
    )


def usage_of(answer: bytes) -> Usage | None:
    """The usage that a whole answer reports."""
    return usage_in(answer, "usage", usage_from)


class OpenAIResponsesTap(EventTap):
    """The last event carries the whole response with its usage."""

    __slots__ = ()

    def _look_into(self, data: Mapping[str, object]) -> bool:
        kind = text(data, "type")
        if kind in ENDINGS or kind in FAILURES:
            response = data.get("response")
            if isinstance(response, Mapping) and (usage := usage_from(response.get("usage"))) is not None:
                self.usage = usage
            if kind in FAILURES:
                raise ProviderError
            self.complete = True
        return True
