"""Tokens of a request in the canonical form: an estimate, since each provider words a conversation its own way."""

from collections.abc import Iterator
from typing import Final

import orjson

from llmproxy.counting.count import PER_IMAGE, PER_MESSAGE, count_text
from llmproxy.wires.canonical.content import Media, Part, ToolCall, ToolResult
from llmproxy.wires.canonical.request import Request

# What lies beyond is taken to be like what stands before it: counting a book would hold up everybody else.
COUNTED_CHARACTERS: Final = 200_000


def estimate_request(model: str, request: Request) -> int:
    """Tokens of its input, tools included. Raises RanksDamaged.

    Args:
        model: the provider's name of it.
    """
    texts, media = _texts(request), sum(isinstance(part, Media) for part in _parts(request))
    total, sample = "".join(texts), "".join(texts)[:COUNTED_CHARACTERS]
    tokens = count_text(model, sample).tokens if sample else 0
    if len(total) > len(sample):
        tokens = tokens * len(total) // len(sample)
    return tokens + media * PER_IMAGE + PER_MESSAGE * (len(request.messages) + len(request.tools) + 1)


def _parts(request: Request) -> Iterator[Part]:
    for message in request.messages:
        for part in message.content:
            yield from part.content if isinstance(part, ToolResult) else (part,)


def _texts(request: Request) -> list[str]:
    texts = [each.text for each in request.system]
    for part in _parts(request):
        if isinstance(part, ToolCall):
            texts += (part.name, part.arguments)
        elif not isinstance(part, ToolResult):
            texts.append(part.text)
    for tool in request.tools:
        texts += (tool.name, tool.description, orjson.dumps(dict(tool.schema)).decode())
        texts += (tool.grammar.definition,) if tool.grammar is not None else ()
    return texts
