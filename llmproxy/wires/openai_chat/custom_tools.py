"""Tools whose input is free text, as OpenAI's wires name them: `custom`.

https://platform.openai.com/docs/guides/function-calling#custom-tools
"""

from collections.abc import Mapping
from typing import Any

from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.content import Grammar, Tool

Object = Mapping[str, Any]
Written = dict[str, Any]
KIND = "custom"


def tool(name: str, described: Object, at: str) -> Tool:
    """One of a client's.

    Args:
        described: what holds its description and the format of its text.

    Raises:
        BadRequest: a member is of the wrong type.
    """
    return Tool(
        name, reading.optional_text(described, "description", at), free_text=True, grammar=_grammar(described, at)
    )


def described(given: Tool) -> Written:
    """Its name and description, as both wires have them."""
    return {"name": given.name, **({"description": given.description} if given.description else {})}


def grammar_written(grammar: Grammar) -> Written:
    """What the text has to follow, which the wires wrap each in its own way."""
    return {"syntax": grammar.syntax or "lark", "definition": grammar.definition}


def _grammar(described: Object, at: str) -> Grammar | None:
    form = reading.mapping(described, "format", at)
    if form is None or form.get("type") != "grammar":
        return None
    inner = reading.mapping(form, "grammar", f"{at}.format") or form  # chat has an object around it
    syntax = reading.optional_text(inner, "syntax", f"{at}.format")
    return Grammar(reading.optional_text(inner, "definition", f"{at}.format"), syntax)
