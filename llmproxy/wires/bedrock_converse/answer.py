"""A whole answer of Converse, and what it shares with the stream."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from llmproxy.wires.bedrock_converse import media
from llmproxy.wires.canonical.answer import Answer, Finish
from llmproxy.wires.canonical.content import Citation, Part, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed
from llmproxy.wires.taps.reading import count
from llmproxy.wires.usage import Usage

FINISHES = {
    "end_turn": Finish.STOP,
    "tool_use": Finish.TOOL_CALLS,
    "max_tokens": Finish.LENGTH,
    "model_context_window_exceeded": Finish.LENGTH,
    "stop_sequence": Finish.STOP_SEQUENCE,
    "guardrail_intervened": Finish.FILTERED,
    "content_filtered": Finish.FILTERED,
}
MALFORMED = frozenset({"malformed_model_output", "malformed_tool_use"})


def read_answer(body: Mapping[str, Any]) -> Answer:
    """The answer. The service gives it no id.

    Raises:
        BadAnswer: it is none of Converse's.
        ProviderFailed: the model's output was malformed.
    """
    output = body.get("output")
    message = output.get("message") if isinstance(output, Mapping) else None
    content = message.get("content") if isinstance(message, Mapping) else None
    if not isinstance(content, list):
        raise BadAnswer("The provider's answer holds no message.")
    parts = tuple(part for block in content for part in _parts(block))
    return Answer("", "", parts, finish(body.get("stopReason")), usage_from(body.get("usage")))


def finish(reason: object) -> Finish:
    """Why the model stopped. Raises ProviderFailed."""
    if str(reason) in MALFORMED:
        raise ProviderFailed("The model's output was malformed.", code=str(reason))
    return FINISHES.get(str(reason), Finish.STOP)


def usage_from(reported: object) -> Usage | None:
    """Its usage in the fixed meaning: what it calls input leaves out what came from or went to the cache."""
    if not isinstance(reported, Mapping):
        return None
    cached, written = count(reported, "cacheReadInputTokens"), count(reported, "cacheWriteInputTokens")
    return Usage(
        input=count(reported, "inputTokens") + cached + written,
        output=count(reported, "outputTokens"),
        cached=cached,
        cache_write=written,
    )


def _parts(block: object) -> Iterator[Part]:
    if not isinstance(block, Mapping):
        raise BadAnswer("A block of the provider's answer is no object.")
    if isinstance(text := block.get("text"), str):
        yield Text(text)
    elif isinstance(use := block.get("toolUse"), Mapping):
        yield ToolCall(text_of(use, "toolUseId"), text_of(use, "name"), arguments(use.get("input")))
    elif isinstance(reasoning := block.get("reasoningContent"), Mapping):
        yield _thinking(reasoning)
    elif isinstance(cited := block.get("citationsContent"), Mapping):
        yield Text(_joined(cited.get("content")), tuple(citation(each) for each in listed(cited.get("citations"))))
    elif isinstance(image := block.get("image"), Mapping):
        yield media.image_read(image)
    elif "guardContent" not in block:
        raise BadAnswer(f"The provider's answer holds a block of an unknown kind: {', '.join(map(str, block))[:80]}.")


def arguments(value: object) -> str:
    """A tool's input as JSON text."""
    return orjson.dumps(value if value is not None else {}).decode()


def _thinking(block: Mapping[str, Any]) -> Thinking:
    if isinstance(told := block.get("reasoningText"), Mapping):
        return Thinking(text_of(told, "text"), text_of(told, "signature"))
    return Thinking(sealed=text_of(block, "redactedContent"))


def citation(told: Mapping[str, Any]) -> Citation:
    """One citation, as in whole answers and in deltas."""
    location = told.get("location")
    web = location.get("web") if isinstance(location, Mapping) else None
    url = text_of(web, "url") if isinstance(web, Mapping) else ""
    return Citation(url or text_of(told, "source"), text_of(told, "title"), quote=_joined(told.get("sourceContent")))


def listed(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; none where it is no list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _joined(value: object) -> str:
    return "".join(text_of(each, "text") for each in listed(value))


def text_of(holder: Mapping[str, Any], name: str) -> str:
    """A member that is a string; empty where it is none."""
    value = holder.get(name)
    return value if isinstance(value, str) else ""
