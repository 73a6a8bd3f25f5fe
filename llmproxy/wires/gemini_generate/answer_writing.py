"""An answer to a client, and what it shares with the stream."""

from typing import Any

import orjson

from llmproxy.wires.canonical.answer import Answer, Facts, Finish
from llmproxy.wires.canonical.content import Media, Part, Refusal, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer
from llmproxy.wires.gemini_generate import scores
from llmproxy.wires.gemini_generate.content_writing import arguments, media, signed
from llmproxy.wires.gemini_generate.grounding import metadata
from llmproxy.wires.usage import Usage

Written = dict[str, Any]
FINISHES = {Finish.LENGTH: "MAX_TOKENS", Finish.FILTERED: "SAFETY", Finish.REFUSED: "SAFETY"}


def write_answer(answer: Answer, facts: Facts) -> bytes:
    """The body. Raises BadAnswer if arguments of a call are no JSON object: this wire has no other form of them."""
    parts = [written for part in answer.content if (written := write_part(part)) is not None]
    texts = [part for part in answer.content if isinstance(part, Text)]
    candidate = finished(answer.finish, parts, texts)
    said = [part for part in answer.content if isinstance(part, Text | Refusal)]
    candidate |= scores.written([each for part in said for each in part.scores])
    return orjson.dumps(envelope(candidate, answer.usage, facts))


def write_part(part: Part) -> Written | None:
    """One part; None for an empty one. Raises BadAnswer."""
    if isinstance(part, Text | Refusal):
        signature = part.signature if isinstance(part, Text) else ""
        return signed({"text": part.text}, signature) if part.text or signature else None
    if isinstance(part, Thinking):
        return signed({"text": part.text, "thought": True}, part.signature or part.sealed)
    if isinstance(part, Media):
        return media(part)
    if isinstance(part, ToolCall):
        call = {"id": part.id, "name": part.name, "args": arguments(part, BadAnswer)}
        return signed({"functionCall": call}, part.signature)
    raise BadAnswer("An answer holds the result of a tool.")


def finished(finish: Finish, parts: list[Written], texts: list[Text]) -> Written:
    """The candidate that says why the model stopped."""
    candidate: Written = {"content": {"parts": parts, "role": "model"}, "index": 0}
    candidate["finishReason"] = FINISHES.get(finish, "STOP")
    if grounding := metadata(texts):
        candidate["groundingMetadata"] = grounding
    return candidate


def envelope(candidate: Written, usage: Usage | None, facts: Facts) -> Written:
    """The whole answer, or one of a stream."""
    told: Written = {"candidates": [candidate], "modelVersion": facts.model, "responseId": facts.id}
    return {**told, "usageMetadata": usage_written(usage)} if usage is not None else told


def usage_written(usage: Usage) -> Written:
    """Thoughts are counted beside the candidates."""
    counts = {
        "promptTokenCount": usage.input,
        "candidatesTokenCount": usage.output - usage.reasoning,
        "totalTokenCount": usage.input + usage.output,
        "thoughtsTokenCount": usage.reasoning,
        "cachedContentTokenCount": usage.cached,
    }
    always = ("promptTokenCount", "candidatesTokenCount", "totalTokenCount")
    return {name: value for name, value in counts.items() if value or name in always}
