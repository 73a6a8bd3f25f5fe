"""Tools that take free text, where there are none: each is told as a function with one string.

A grammar for that text cannot be demanded of other models: it is told to them in words, and is on record as left out.
The client's own request says which of its tools are such ones, so what the model calls the function with comes back to
it as free text; see unwrapping.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from llmproxy.wires.canonical.content import Message, Part, Tool, ToolCall
from llmproxy.wires.canonical.request import Request

INPUT, GRAMMAR = "input", "grammar"
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {INPUT: {"type": "string", "description": "The whole input of the tool, as plain text."}},
    "required": [INPUT],
    "additionalProperties": False,
}


def as_functions(request: Request) -> Request:
    """The request with functions in place of its tools of free text, in what was called before as well."""
    if not request.has_free_text:
        return request
    demanded = any(tool.grammar is not None for tool in request.tools)
    return replace(
        request,
        tools=tuple(map(_function, request.tools)),
        messages=tuple(map(_message, request.messages)),
        left_out=(*request.left_out, *([request.client_name(GRAMMAR)] if demanded else [])),
    )


def wrapped(text: str) -> str:
    """Free text as the arguments of the function."""
    return orjson.dumps({INPUT: text}).decode()


def _function(tool: Tool) -> Tool:
    if not tool.free_text:
        return tool
    said = [tool.description]
    if tool.grammar is not None:
        said.append(f"The input has to follow this grammar ({tool.grammar.syntax or 'lark'}):")
        said.append(tool.grammar.definition)
    return Tool(tool.name, "\n\n".join(each for each in said if each), SCHEMA, cache=tool.cache)


def _message(message: Message) -> Message:
    return Message(message.role, tuple(map(_called, message.content)))


def _called(part: Part) -> Part:
    if not isinstance(part, ToolCall) or not part.free_text:
        return part
    return replace(part, arguments=wrapped(part.arguments), free_text=False)
