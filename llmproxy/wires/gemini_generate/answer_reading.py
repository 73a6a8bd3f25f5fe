"""A provider's whole answer, and what it shares with the stream."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from llmproxy.wires.canonical.answer import Answer, Finish
from llmproxy.wires.canonical.content import Media, Part, Text, Thinking, ToolCall, scored
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed
from llmproxy.wires.gemini_generate import scores
from llmproxy.wires.gemini_generate.call_ids import made, packed
from llmproxy.wires.gemini_generate.content_reading import media_kind
from llmproxy.wires.gemini_generate.grounding import citations, says_sources
from llmproxy.wires.gemini_generate.names import camel
from llmproxy.wires.taps.gemini import usage_from

Object = Mapping[str, Any]
FINISHES = {"STOP": Finish.STOP, "MAX_TOKENS": Finish.LENGTH, "FINISH_REASON_UNSPECIFIED": Finish.STOP}
MALFORMED = frozenset(
    {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE",
     "MISSING_THOUGHT_SIGNATURE"}
)  # fmt: skip


def read_answer(body: Object) -> Answer:
    """The first candidate; a blocked prompt is an empty answer that was filtered.

    Raises:
        BadAnswer: it is none of generateContent's.
        ProviderFailed: the model's output was malformed.
    """
    answer_id, model = string(body, "responseId"), string(body, "modelVersion")
    candidate = first_candidate(body)
    usage = usage_from(body.get("usageMetadata"))
    if candidate is None:
        if not is_blocked(body):
            raise BadAnswer("The provider's answer holds no candidate.")
        return Answer(answer_id, model, (), Finish.FILTERED, usage)
    parts = [read_part(each, answer_id, place) for place, each in enumerate(parts_of(candidate))]
    content = scored(_cited(tuple(part for part in parts if part is not None), candidate), scores.read(candidate))
    called = any(isinstance(part, ToolCall) for part in content)
    return Answer(answer_id, model, content, finish(candidate, called=called), usage)


def first_candidate(body: Object) -> Object | None:
    """None where there is none. Only one was asked for."""
    candidates = body.get("candidates")
    if candidates is None or candidates == []:
        return None
    if not isinstance(candidates, list) or not isinstance(candidates[0], Mapping):
        raise BadAnswer("The provider's candidates are no list of objects.")
    return candidates[0]


def is_blocked(body: Object) -> bool:
    """Whether the prompt was not let through."""
    feedback = body.get("promptFeedback")
    return isinstance(feedback, Mapping) and bool(feedback.get("blockReason"))


def parts_of(candidate: Object) -> list[Object]:
    """The candidate's parts; none where it has no content, as when it was filtered."""
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, Mapping) else None
    if parts is None:
        return []
    if not isinstance(parts, list) or not all(isinstance(each, Mapping) for each in parts):
        raise BadAnswer("The parts of the provider's answer are no list of objects.")
    return [camel(each) for each in parts]


def finish(candidate: Object, *, called: bool) -> Finish:
    """Why the model stopped: what is neither an end nor a limit is a filter. Raises ProviderFailed."""
    reason = string(candidate, "finishReason")
    if reason in MALFORMED:
        raise ProviderFailed(string(candidate, "finishMessage") or f"The model ended with {reason}.", code=reason)
    found = FINISHES.get(reason or "STOP", Finish.FILTERED)
    return Finish.TOOL_CALLS if called and found is Finish.STOP else found


def read_part(part: Object, answer_id: str, place: int) -> Part | None:
    """One part; None for an empty one. Raises BadAnswer."""
    signature = string(part, "thoughtSignature")
    if isinstance(call := part.get("functionCall"), Mapping):
        return _call(call, signature, answer_id, place)
    if isinstance(blob := part.get("inlineData"), Mapping):
        kind = string(blob, "mimeType")
        return Media(media_kind(kind), kind, string(blob, "data"))
    if isinstance(file := part.get("fileData"), Mapping):
        kind = string(file, "mimeType")
        return Media(media_kind(kind), kind, url=string(file, "fileUri"))
    if isinstance(text := part.get("text"), str):
        if part.get("thought") is True:
            return Thinking(text, signature)
        return Text(text, signature=signature) if text or signature else None
    return _run(part)


def _call(call: Object, signature: str, answer_id: str, place: int) -> ToolCall:
    name = string(call, "name")
    args = call.get("args")
    if not name or not isinstance(args, Mapping | None):
        raise BadAnswer("The provider's function call has no name, or arguments that are no object.")
    text = orjson.dumps(args or {}).decode()
    return ToolCall(packed(string(call, "id") or made(answer_id, place, name, text), signature), name, text, signature)


def _run(part: Object) -> Part | None:
    """Code that the model ran, and what came of it, as text: other wires have no place for them."""
    if isinstance(code := part.get("executableCode"), Mapping):
        return Text(f"\n```{string(code, 'language').lower()}\n{string(code, 'code')}\n```\n")
    if isinstance(outcome := part.get("codeExecutionResult"), Mapping):
        return Text(f"\n```\n{string(outcome, 'output')}\n```\n")
    if unknown := [name for name in part if name not in ("thoughtSignature", "thought", "partMetadata")]:
        raise BadAnswer(f"The provider's answer holds a part of an unknown kind: {', '.join(unknown)[:80]}.")
    return None


def _cited(parts: tuple[Part, ...], candidate: Object) -> tuple[Part, ...]:
    """Citations stand at the last text, which the API counts them in where it has but one."""
    texts = [place for place, part in enumerate(parts) if isinstance(part, Text) and part.text]
    if not texts or not says_sources(candidate):
        return parts
    last = parts[texts[-1]]
    if not isinstance(last, Text):
        return parts
    cited = replace(last, citations=tuple(citations(candidate, last.text)))
    return (*parts[: texts[-1]], cited, *parts[texts[-1] + 1 :])


def string(holder: Object, name: str) -> str:
    """A member that is a string; empty where it is none."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""
