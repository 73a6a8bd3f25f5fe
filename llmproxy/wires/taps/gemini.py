"""Gemini: usage, and the end of a stream, which has no event of its own.

https://ai.google.dev/api/generate-content
"""

from collections.abc import Mapping

from llmproxy.wires.taps.reading import count, usage_in
from llmproxy.wires.taps.tap import EventTap, ProviderError
from llmproxy.wires.usage import Usage


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

    def _look_into(self, data: Mapping[str, object]) -> bool:
        if data.get("error"):
            raise ProviderError
        if (usage := usage_from(data.get("usageMetadata"))) is not None:
            self.usage = usage
        self.complete = self.complete or _ends(data)
        return True


def _ends(data: Mapping[str, object]) -> bool:
    """A candidate is over, or the prompt was blocked."""
    feedback, candidates = data.get("promptFeedback"), data.get("candidates")
    if isinstance(feedback, dict) and feedback.get("blockReason"):
        return True
    found = candidates if isinstance(candidates, list) else []
    return any(isinstance(each, dict) and each.get("finishReason") for each in found)
