"""An answer to a client, and what it shares with the stream."""

from typing import Any

import orjson

from llmproxy.wires.anthropic_messages import citations
from llmproxy.wires.anthropic_messages.content_writing import arguments
from llmproxy.wires.canonical.answer import Answer, Facts, Finish
from llmproxy.wires.canonical.content import Part, Refusal, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer
from llmproxy.wires.usage import Usage

Written = dict[str, Any]
FINISHES = {
    Finish.STOP: "end_turn",
    Finish.STOP_SEQUENCE: "stop_sequence",
    Finish.LENGTH: "max_tokens",
    Finish.TOOL_CALLS: "tool_use",
    Finish.FILTERED: "refusal",
    Finish.REFUSED: "refusal",
    Finish.PAUSED: "pause_turn",
}


def write_answer(answer: Answer, facts: Facts) -> bytes:
    """The body. Raises BadAnswer for what the API has no block for, or arguments that are no JSON object."""
    content = [written for part in answer.content if (written := write_part(part)) is not None]
    ended = stopped(answer.finish, answer.stop_sequence)
    told = {**message(facts, content), **ended, "usage": usage_written(answer.usage or Usage())}
    return orjson.dumps(told)


def message(facts: Facts, content: list[Written]) -> Written:
    """The outermost object, whose end is not known yet."""
    return {
        "id": facts.id,
        "type": "message",
        "role": "assistant",
        "model": facts.model,
        "content": content,
        "stop_reason": None,
        "stop_sequence": None,
    }


def stopped(finish: Finish, stop_sequence: str) -> Written:
    """Why the model stopped."""
    # Some providers do not tell a sequence of the client's from an end of their own.
    known = finish is not Finish.STOP_SEQUENCE or stop_sequence
    return {"stop_reason": FINISHES[finish] if known else "end_turn", "stop_sequence": stop_sequence or None}


def write_part(part: Part) -> Written | None:
    """One block; None for an empty text, which the API has none of. Raises BadAnswer."""
    if isinstance(part, Text | Refusal):
        return _text(part) if part.text else None
    if isinstance(part, Thinking):
        return thinking(part)
    if isinstance(part, ToolCall):
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments(part, BadAnswer)}
    raise BadAnswer("The model's answer holds something that this format has no block for.")


def thinking(part: Thinking) -> Written:
    """What was thought, or what only the provider can read."""
    if part.sealed and not part.text:
        return {"type": "redacted_thinking", "data": part.sealed}
    return {"type": "thinking", "thinking": part.text, "signature": part.signature}


def _text(part: Text | Refusal) -> Written:
    written: Written = {"type": "text", "text": part.text}
    if isinstance(part, Text) and part.citations:
        written["citations"] = [citations.written(each) for each in part.citations]
    return written


def usage_written(usage: Usage) -> Written:
    """What it calls input leaves out what came from or went to the cache."""
    written: Written = {
        "input_tokens": max(usage.input - usage.cached - usage.cache_write, 0),
        "output_tokens": usage.output,
        "cache_read_input_tokens": usage.cached,
        "cache_creation_input_tokens": usage.cache_write,
    }
    return {**written, "output_tokens_details": {"thinking_tokens": usage.reasoning}} if usage.reasoning else written
