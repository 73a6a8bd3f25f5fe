"""Gemini: usage, and the end of a stream, which has no event of its own.

https://ai.google.dev/api/generate-content
"""

import re
from collections.abc import Mapping

from llmproxy.wires.taps.reading import count, usage_in
from llmproxy.wires.taps.tap import EventTap, ProviderError, parsed
from llmproxy.wires.usage import Usage

IS_OF_INTEREST = re.compile(rb'"(?:usageMetadata|error|finishReason|blockReason)"\s*:').search
ENDS = re.compile(rb'"(?:finishReason|blockReason)"\s*:\s*"').search


def usage_from(reported: object) -> Usage | None:
    """Its usageMetadata in the fixed meaning: thoughts are counted beside the candidates, tools beside the prompt."""
    if not isinstance(reported, Mapping):
        return None
    thoughts = count(reported, "thoughtsTokenCount")
    return Usage(
        input=count(reported, "promptTokenCount") + count(reported, "toolUsePromptTokenCount"),
        output=count(reported, "candidatesTokenCount") + thoughts,
        cached=count(reported, "cachedContentTokenCount"),
        reasoning=thoughts,
    )


def usage_of(answer: bytes) -> Usage | None:
    """The usage that a whole answer reports."""
    return usage_in(answer, "usageMetadata", usage_from)


class GeminiTap(EventTap):
    """Usage may come with every event and is counted up; a candidate that says why it ended ends the answer."""

    __slots__ = ()

    def _passed(self, event: bytes) -> bytes:
        self.chunks += 1
        if IS_OF_INTEREST(event):
            if ENDS(event):
                self.complete = True
            if (data := parsed(event)) is not None:
                self._look_into(data)
        return event

    def _look_into(self, data: Mapping[str, object]) -> None:
        if data.get("error"):
            raise ProviderError
        if (usage := usage_from(data.get("usageMetadata"))) is not None:
            self.usage = usage
