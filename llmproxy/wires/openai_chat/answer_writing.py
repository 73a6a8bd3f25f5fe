"""An answer to a client, and what it shares with the stream."""

from typing import Any

import orjson

from llmproxy.wires import data_urls
from llmproxy.wires.canonical.answer import Answer, Facts, Finish
from llmproxy.wires.canonical.content import Citation, Media, Part, Refusal, Score, Text, Thinking, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadAnswer
from llmproxy.wires.canonical.unwrapping import unwrapped
from llmproxy.wires.openai_chat import custom_tools, reasoning, scores
from llmproxy.wires.usage import Usage

Written = dict[str, Any]
FINISHES = {Finish.LENGTH: "length", Finish.TOOL_CALLS: "tool_calls", Finish.FILTERED: "content_filter"}


def write_answer(answer: Answer, facts: Facts) -> bytes:
    """The body. Raises BadAnswer for a part that no answer has."""
    kinds = {type(part) for part in answer.content}
    choice = {
        "index": 0,
        "message": _message(answer.content, custom_names(facts)),
        "logprobs": logprobs(_scores(answer.content, Text), _scores(answer.content, Refusal)),
        "finish_reason": finish_reason(answer.finish, kinds),
    }
    body: Written = {"id": facts.id, "object": "chat.completion", "created": facts.created, "model": facts.model}
    body["choices"] = [choice]
    if answer.usage is not None:
        body["usage"] = usage_written(answer.usage)
    return orjson.dumps(body)


def logprobs(told: tuple[Score, ...], refused: tuple[Score, ...] = ()) -> Written | None:
    """How likely the tokens of the content and of the refusal were; None where nobody asked."""
    if not told and not refused:
        return None
    return {"content": scores.written(told) or None, "refusal": scores.written(refused) or None}


def _scores(content: tuple[Part, ...], kind: type[Text | Refusal]) -> tuple[Score, ...]:
    return tuple(each for part in content if isinstance(part, kind) for each in part.scores)


def finish_reason(finish: Finish, kinds: set[type[Part]]) -> str:
    """In OpenAI's words: a refusal that says nothing is a filter's."""
    if finish is Finish.REFUSED and Refusal not in kinds:
        return "content_filter"
    return FINISHES.get(finish, "stop")


def custom_names(facts: Facts) -> frozenset[str]:
    """The client's tools whose input is free text."""
    tools = facts.asked.get("tools")
    held = [each.get(custom_tools.KIND) for each in tools if isinstance(each, dict)] if isinstance(tools, list) else []
    return frozenset(name for each in held if isinstance(each, dict) and isinstance(name := each.get("name"), str))


def _message(content: tuple[Part, ...], custom: frozenset[str]) -> Written:
    """One message has one place for each kind of part."""
    by_kind: dict[type[Part], list[Any]] = {kind: [] for kind in (Text, Refusal, Thinking, ToolCall, Media)}
    for part in content:
        if isinstance(part, ToolResult):
            raise BadAnswer("An answer holds the result of a tool.")
        by_kind[type(part)].append(part)
    texts = by_kind[Text]
    message: Written = {
        "role": "assistant",
        "content": "".join([text.text for text in texts]) if texts else None,
        "refusal": "".join([refusal.text for refusal in by_kind[Refusal]]) or None,
        "annotations": _annotations(texts),
        **reasoning.written(by_kind[Thinking]),
    }
    if by_kind[ToolCall]:
        message["tool_calls"] = [_call(part, custom) for part in by_kind[ToolCall]]
    if by_kind[Media]:
        message["images"] = [image(part) for part in by_kind[Media]]
    return message


def _annotations(texts: list[Text]) -> list[Written]:
    """Places are counted in the whole content."""
    made, before = [], 0
    for text in texts:
        made += [annotation(each, before, len(text.text)) for each in text.citations]
        before += len(text.text)
    return made


def annotation(citation: Citation, before: int, length: int) -> Written:
    """One source.

    Args:
        before: characters of the content before the text that it is about.
        length: of that text, which it is all about where it says no place.
    """
    start, end = citation.start, citation.end
    told: Written = {
        "start_index": before + (0 if start is None else start),
        "end_index": before + (length if end is None else end),
        "url": citation.url,
        "title": citation.title,
    }
    return {"type": "url_citation", "url_citation": {**told, **({"content": citation.quote} if citation.quote else {})}}


def _call(part: ToolCall, custom: frozenset[str]) -> Written:
    if part.free_text:
        return custom_call(part, part.arguments)
    if part.name in custom:
        return custom_call(part, unwrapped(part.arguments))
    return call(part, part.arguments or "{}")


def call(part: ToolCall, arguments: str) -> Written:
    """A call of a function."""
    return {"id": part.id, "type": "function", "function": {"name": part.name, "arguments": arguments}}


def custom_call(part: ToolCall, text: str) -> Written:
    """A call of a tool whose input is free text."""
    return {"id": part.id, "type": custom_tools.KIND, custom_tools.KIND: {"name": part.name, "input": text}}


def image(part: Media) -> Written:
    """An image that the model made, where other servers of this wire say it. Raises BadAnswer for anything else."""
    if part.kind != "image":
        raise BadAnswer(f"The provider's answer holds a part of the kind {part.kind[:40]!r}, which this wire has not.")
    url = part.url or data_urls.written(part.type or "image/png", part.data)
    return {"type": "image_url", "image_url": {"url": url}}


def usage_written(usage: Usage) -> Written:
    """OpenAI's usage object."""
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": usage.cache_write},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }
