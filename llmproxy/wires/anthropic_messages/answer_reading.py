"""A provider's whole answer, and what it shares with the stream."""

from collections.abc import Mapping
from typing import Any

import orjson

from llmproxy.wires.anthropic_messages.citations import citation
from llmproxy.wires.canonical.answer import Answer, Finish
from llmproxy.wires.canonical.content import Part, Refusal, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer
from llmproxy.wires.taps.anthropic_messages import usage_from

Object = Mapping[str, Any]
FINISHES = {
    "end_turn": Finish.STOP,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "stop_sequence": Finish.STOP_SEQUENCE,
    "tool_use": Finish.TOOL_CALLS,
    "pause_turn": Finish.PAUSED,
    "refusal": Finish.REFUSED,
}


def read_answer(body: Object) -> Answer:
    """The answer. Raises BadAnswer if it is none of Messages'."""
    content = body.get("content")
    if body.get("type") != "message" or not isinstance(content, list):
        raise BadAnswer("The provider's answer is no message.")
    parts = tuple(read_part(block) for block in content) + refusal(body)
    return Answer(
        string(body, "id"),
        string(body, "model"),
        parts,
        finish(body.get("stop_reason")),
        usage_from(body.get("usage")),
        string(body, "stop_sequence"),
    )


def finish(reason: object) -> Finish:
    """Why the model stopped; what is new to us is an end like any other."""
    return FINISHES.get(str(reason), Finish.STOP)


def refusal(holder: Object) -> tuple[Refusal, ...]:
    """The provider's words for why it does not answer, if it said some."""
    details = holder.get("stop_details")
    words = string(details, "explanation") if isinstance(details, Mapping) else ""
    return (Refusal(words),) if words and holder.get("stop_reason") == "refusal" else ()


def read_part(block: object) -> Part:
    """One block, as it is in a whole answer and as it begins in a stream. Raises BadAnswer."""
    if not isinstance(block, Mapping):
        raise BadAnswer("A block of the provider's answer is no object.")
    kind = string(block, "type")
    if kind == "text":
        told = block.get("citations")
        cited = [each for each in told if isinstance(each, Mapping)] if isinstance(told, list) else []
        return Text(string(block, "text"), tuple(citation(each) for each in cited))
    if kind == "thinking":
        return Thinking(string(block, "thinking"), string(block, "signature"))
    if kind == "redacted_thinking":
        return Thinking(sealed=string(block, "data"))
    if kind == "tool_use":
        return _call(block)
    raise BadAnswer(f"The provider's answer holds a block of an unknown kind: {kind[:80]}.")


def _call(block: Object) -> ToolCall:
    name, given = string(block, "name"), block.get("input")
    if not name or not isinstance(given, Mapping | None):
        raise BadAnswer("The provider's tool call has no name, or an input that is no object.")
    return ToolCall(string(block, "id"), name, orjson.dumps(given or {}).decode())


def string(holder: Object, name: str) -> str:
    """A member that is a string; empty where it is none."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""
