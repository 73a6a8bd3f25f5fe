"""Tools whose input is free text, which only OpenAI's wires have. Elsewhere each is a function with one string.

The client's own request says which of its tools are such ones, so the model's call of the function comes back to it as
a call with free text. A grammar for that text cannot be demanded of other models: it is told to them in words.
https://platform.openai.com/docs/guides/function-calling#custom-tools
"""

from collections.abc import Mapping
from typing import Any

import orjson

from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.content import Tool

Object = Mapping[str, Any]
KIND, INPUT = "custom", "input"
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {INPUT: {"type": "string", "description": "The whole input of the tool, as plain text."}},
    "required": [INPUT],
    "additionalProperties": False,
}


def tool(name: str, described: Object, at: str) -> Tool:
    """The function that stands for it.

    Args:
        described: what holds its description and the format of its text.

    Raises:
        BadRequest: a member is of the wrong type.
    """
    said = [reading.optional_text(described, "description", at)]
    if (form := reading.mapping(described, "format", at)) is not None and form.get("type") == "grammar":
        grammar = reading.mapping(form, "grammar", f"{at}.format") or form  # chat has an object around it
        syntax = reading.optional_text(grammar, "syntax", f"{at}.format")
        said.append(f"The input has to follow this grammar ({syntax or 'lark'}):")
        said.append(reading.optional_text(grammar, "definition", f"{at}.format"))
    return Tool(name, "\n\n".join(each for each in said if each), SCHEMA)


def has_grammar(described: Object) -> bool:
    """Whether the format of its text is demanded."""
    form = described.get("format")
    return isinstance(form, Mapping) and form.get("type") == "grammar"


def wrapped(text: str) -> str:
    """Free text as the arguments of the function."""
    return orjson.dumps({INPUT: text}).decode()


def unwrapped(arguments: str) -> str:
    """The free text. Where the model did not keep to the function's schema, what it said, as it is."""
    try:
        said = orjson.loads(arguments or "{}")
    except orjson.JSONDecodeError:
        return arguments
    if not isinstance(said, dict):
        return arguments
    found = said.get(INPUT, next(iter(said.values()), "") if len(said) < 2 else None)
    return found if isinstance(found, str) else arguments
