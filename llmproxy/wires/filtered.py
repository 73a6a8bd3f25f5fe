"""Whether a provider's content filter took an answer away: said within a success, by each wire in its own words.

A model that declines in its own words has answered: OpenAI's `refusal` text is none of these. Read only where a route
has a fallback for it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from llmproxy.wires.canonical.answer import Answer, Cited, Delta, Event, Finish, Finished, PartStarted, Signed
from llmproxy.wires.canonical.content import Refusal, ToolCall
from llmproxy.wires.taps.reading import NotJson, parsed

# Without one of these words nothing was filtered, and nothing is parsed.
MARKS = re.compile(rb'content_filter|"refusal"|SAFETY|PROHIBITED_CONTENT|BLOCKLIST|RECITATION|SPII|blockReason')
BLOCKED: Final = frozenset(
    {
        "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
    }
)  # fmt: skip


class Look(NamedTuple):
    """What one answer, or one event of a stream, says."""

    content: bool
    filtered: bool


Looking = Callable[[Mapping[str, Any]], Look]


def chat(said: Mapping[str, Any]) -> Look:
    """OpenAI chat: every choice ends with `content_filter`."""
    choices = _objects(said.get("choices"))
    parts = [part for choice in choices for part in (choice.get("delta"), choice.get("message")) if part]
    content = any(value for part in parts for name, value in part.items() if name != "role")
    ends = [choice.get("finish_reason") for choice in choices]
    return Look(content, bool(ends) and all(end == "content_filter" for end in ends))


def messages(said: Mapping[str, Any]) -> Look:
    """Anthropic Messages: the stop reason `refusal`, of a whole answer or in a `message_delta`."""
    delta = said.get("delta") if said.get("type") == "message_delta" else said
    reason = delta.get("stop_reason") if isinstance(delta, Mapping) else None
    return Look(said.get("type") == "content_block_delta", reason == "refusal")


def responses(said: Mapping[str, Any]) -> Look:
    """OpenAI Responses: incomplete, for `content_filter`."""
    response = said.get("response", said)
    details = response.get("incomplete_details") if isinstance(response, Mapping) else None
    reason = details.get("reason") if isinstance(details, Mapping) else None
    return Look(str(said.get("type", "")).endswith(".delta"), reason == "content_filter")


def gemini(said: Mapping[str, Any]) -> Look:
    """Gemini: the prompt was blocked, or every candidate ended for safety or its like."""
    feedback, candidates = said.get("promptFeedback"), _objects(said.get("candidates"))
    blocked = isinstance(feedback, Mapping) and bool(feedback.get("blockReason"))
    ends = [candidate.get("finishReason") for candidate in candidates]
    content = any((candidate.get("content") or {}).get("parts") for candidate in candidates)
    return Look(content, blocked or (bool(ends) and all(end in BLOCKED for end in ends)))


LOOKS: Final[Mapping[str, Looking]] = {
    "openai_chat": chat, "anthropic_messages": messages, "openai_responses": responses, "gemini": gemini,
}  # fmt: skip


def is_filtered(wire: str, answer: bytes) -> bool:
    """Of a whole answer of that wire."""
    look = LOOKS.get(wire)
    if look is None or MARKS.search(answer) is None:
        return False
    try:
        said = parsed(answer)
    except NotJson:
        return False
    return isinstance(said, Mapping) and look(said).filtered


def is_taken_away(answer: Answer) -> bool:
    """Of one in the canonical form."""
    declined = any(isinstance(part, Refusal) for part in answer.content)
    return answer.finish is Finish.FILTERED or (answer.finish is Finish.REFUSED and not declined)


class Watch:
    """What a streamed answer has shown so far.

    Attributes:
        content: something that the client would see.
        filtered: the filter took the answer away.
    """

    __slots__ = ("_look", "content", "filtered")

    def __init__(self, wire: str) -> None:
        self._look = LOOKS.get(wire)
        self.content = False
        self.filtered = False

    def see(self, said: Mapping[str, Any]) -> None:
        """One event of a provider's that goes through as it is."""
        if self._look is None:
            self.content = True
        else:
            content, filtered = self._look(said)
            self.content, self.filtered = self.content or content, self.filtered or filtered

    def see_canonical(self, event: Event) -> None:
        """One event that is translated."""
        if isinstance(event, Finished):
            self.filtered = event.finish in (Finish.FILTERED, Finish.REFUSED)
        elif isinstance(event, PartStarted):
            self.content = self.content or isinstance(event.part, ToolCall)
        elif isinstance(event, Delta | Signed | Cited):
            self.content = True


def _objects(found: object) -> Sequence[Mapping[str, Any]]:
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
