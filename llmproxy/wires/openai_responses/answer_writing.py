"""An answer to a client, and what it shares with the stream."""

from typing import Any

import orjson

from llmproxy.wires.canonical.answer import Answer, Facts, Finish
from llmproxy.wires.canonical.content import Citation, Media, Part, Refusal, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer
from llmproxy.wires.canonical.unwrapping import unwrapped
from llmproxy.wires.openai_chat import scores
from llmproxy.wires.openai_responses import proofs
from llmproxy.wires.openai_responses.answer_reading import CUSTOM_CALL
from llmproxy.wires.openai_responses.namespaces import is_custom, told
from llmproxy.wires.usage import Usage

Written = dict[str, Any]
REASONS = {Finish.LENGTH: "max_output_tokens", Finish.FILTERED: "content_filter"}
# What the answer says again of the request, and what it says where nothing was asked for.
ECHOED: Written = {
    "instructions": None, "max_output_tokens": None, "max_tool_calls": None, "metadata": {},
    "parallel_tool_calls": True, "prompt_cache_key": None, "reasoning": {"effort": None, "summary": None},
    "safety_identifier": None, "service_tier": "default", "temperature": 1.0, "text": {"format": {"type": "text"}},
    "tool_choice": "auto", "tools": [], "top_logprobs": 0, "top_p": 1.0, "truncation": "disabled", "user": None,
}  # fmt: skip
PREFIXES = {"message": "msg", "function_call": "fc", "reasoning": "rs", "image_generation_call": "ig",
            "custom_tool_call": "ctc"}  # fmt: skip


def write_answer(answer: Answer, facts: Facts) -> bytes:
    """The body. Raises BadAnswer for a part that no answer has."""
    output: list[Written] = []
    for part in answer.content:
        _add(output, part, facts)
    return orjson.dumps(ended(envelope(facts), output, answer.finish, answer.usage))


def envelope(facts: Facts) -> Written:
    """The response while it is under way."""
    asked = {name: value for name in ECHOED if (value := facts.asked.get(name)) is not None}
    body: Written = {"id": facts.id, "object": "response", "created_at": facts.created, "status": "in_progress"}
    body |= {"background": False, "error": None, "incomplete_details": None, "model": facts.model, "output": []}
    return {**body, **ECHOED, **asked, "previous_response_id": None, "store": False, "usage": None}


def ended(response: Written, output: list[Written], finish: Finish, usage: Usage | None) -> Written:
    """The response when it is over. A refusal that says nothing is a filter's."""
    says_refusal = any(part["type"] == "refusal" for item in output for part in item.get("content", ()))
    if finish is Finish.REFUSED and not says_refusal:
        finish = Finish.FILTERED
    reason = REASONS.get(finish)
    return {
        **response,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "output": output,
        "usage": usage_written(usage) if usage is not None else None,
    }


def item_id(facts: Facts, kind: str, place: int) -> str:
    """An id that no other item of any answer has."""
    return f"{PREFIXES[kind]}_{facts.id.rpartition('_')[2]}_{place}"


def _add(output: list[Written], part: Part, facts: Facts) -> None:
    """One more part of the answer: texts that follow each other are of one message."""
    last = output[-1] if output else {}
    if isinstance(part, Text | Refusal):
        if last.get("type") != "message":
            output.append(message(item_id(facts, "message", len(output))))
        output[-1]["content"].append(part_written(part))
    elif isinstance(part, Thinking) and part.sealed and part.id and last.get("id") == part.id:
        last["encrypted_content"] = part.sealed
    else:
        output.append(item_written(part, facts, len(output)))


def item_written(part: Part, facts: Facts, place: int) -> Written:
    """A part that is an item of its own. Raises BadAnswer."""
    if isinstance(part, ToolCall):
        return tool_call(part, facts, place)
    if isinstance(part, Thinking):
        return reasoning(part, part.id or item_id(facts, "reasoning", place))
    if isinstance(part, Media) and part.kind == "image" and part.data:
        picture = {"type": "image_generation_call", "id": item_id(facts, "image_generation_call", place)}
        return {**picture, "status": "completed", "result": part.data}
    raise BadAnswer("The model's answer holds something that this format has no item for.")


def message(given_id: str) -> Written:
    """A message without content."""
    return {"type": "message", "id": given_id, "status": "completed", "role": "assistant", "content": []}


def part_written(part: Text | Refusal) -> Written:
    """A part of a message."""
    if isinstance(part, Refusal):
        return {"type": "refusal", "refusal": part.text}
    annotations = [annotation(each, len(part.text)) for each in part.citations]
    return text_written(part.text, annotations, scores.written(part.scores))


def text_written(text: str, annotations: list[Written], logprobs: list[Written]) -> Written:
    """A text."""
    return {"type": "output_text", "text": text, "annotations": annotations, "logprobs": logprobs}


def tool_call(part: ToolCall, facts: Facts, place: int) -> Written:
    """A call of a function, or of a tool whose input is free text, by the client's name of it."""
    kind = CUSTOM_CALL if part.free_text or is_custom(part.name, facts.asked) else "function_call"
    call: Written = {"type": kind, "id": item_id(facts, kind, place), "call_id": part.id}
    call |= told(part.name, facts.asked)
    if kind == CUSTOM_CALL:
        said = part.arguments if part.free_text else unwrapped(part.arguments)
        return {**call, "input": said, "status": "completed"}
    return {**call, "arguments": part.arguments or "{}", "status": "completed"}


def reasoning(part: Thinking, given_id: str) -> Written:
    """A thought; its proof comes back with it."""
    summary = [{"type": "summary_text", "text": part.text}] if part.text else []
    return {"type": "reasoning", "id": given_id, "summary": summary, "encrypted_content": proofs.written(part)}


def annotation(citation: Citation, length: int) -> Written:
    """One source of a text of `length` characters, which it is all about where it says no place."""
    return {
        "type": "url_citation",
        "start_index": 0 if citation.start is None else citation.start,
        "end_index": length if citation.end is None else citation.end,
        "url": citation.url,
        "title": citation.title,
    }


def usage_written(usage: Usage) -> Written:
    """Its usage object."""
    return {
        "input_tokens": usage.input,
        "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.cache_write},
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    }
