"""A request to the provider. Nothing is kept there, as nothing of a translated answer could be asked for later."""

from typing import Any

from llmproxy.wires.canonical.content import Text, Thinking, Tool
from llmproxy.wires.canonical.errors import UnsupportedParameter
from llmproxy.wires.canonical.request import Choice, OutputFormat, Reasoning, Request, ToolChoice
from llmproxy.wires.openai_chat import custom_tools
from llmproxy.wires.openai_chat.request_writing import CHOICES, effort, schema_form, takes_free_text
from llmproxy.wires.openai_responses.item_writing import items, texts

SUPPORTED = frozenset(
    {"tools", "tool_choice", "parallel_tool_calls", "output", "reasoning", "max_tokens", "temperature", "top_p",
     "candidates", "logprobs", "verbosity", "end_user", "free_text"}
)  # fmt: skip
SEALED, LOGPROBS = "reasoning.encrypted_content", "message.output_text.logprobs"


def write_request(request: Request, model: str) -> dict[str, Any]:
    """The body.

    Raises:
        UnsupportedParameter: the API cannot say it.
    """
    request.only(SUPPORTED)
    if request.candidates not in (None, 1):
        raise UnsupportedParameter(request.client_name("candidates"), "it gives one answer")
    system = tuple(each for each in request.system if each.text)
    given: dict[str, Any] = {
        "model": model,
        "instructions": system[0].text if len(system) == 1 else None,
        "input": [*_system(system), *items(request.messages)],
        "store": False,
        "include": _included(request) or None,
        "top_logprobs": request.logprobs or None,
        "max_output_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "user": request.end_user or None,
        "reasoning": _reasoning(request.reasoning) or None,
        "text": _text(request) or None,
        "stream": request.stream or None,
        **(_calling(request) if request.tools else {}),
    }
    return {name: value for name, value in given.items() if value is not None}


def _included(request: Request) -> list[str]:
    """What answers hold only where they are asked for it."""
    likely = [LOGPROBS] if request.logprobs is not None else []
    return [SEALED, *likely] if _reasons(request) else likely


def _system(given: tuple[Text, ...]) -> list[dict[str, Any]]:
    """One text has a place of its own."""
    return [{"type": "message", "role": "system", "content": texts(given)}] if len(given) > 1 else []


def _reasons(request: Request) -> bool:
    """Whether sealed thoughts are to be told: models that do not think refuse the question."""
    sealed = (
        isinstance(part, Thinking) and part.sealed and part.id for each in request.messages for part in each.content
    )
    return (request.reasoning is not None and effort(request.reasoning) != "none") or any(sealed)


def _reasoning(reasoning: Reasoning | None) -> dict[str, Any]:
    if reasoning is None:
        return {}
    summary = reasoning.summary or ("auto" if reasoning.show else None)
    return {name: value for name, value in (("effort", effort(reasoning)), ("summary", summary)) if value}


def _text(request: Request) -> dict[str, Any]:
    form = {"format": _format(request.output)} if request.output is not None else {}
    return {**form, "verbosity": request.verbosity} if request.verbosity else form


def _format(output: OutputFormat) -> dict[str, Any]:
    if output.schema is None:
        return {"type": "json_object"}
    return {"type": "json_schema", **schema_form(output)}


def _calling(request: Request) -> dict[str, Any]:
    return {
        "tools": [_tool(tool) for tool in request.tools],
        "tool_choice": _choice(request.tool_choice, request.tools) if request.tool_choice is not None else None,
        "parallel_tool_calls": request.parallel_tool_calls,
    }


def _choice(choice: ToolChoice, tools: tuple[Tool, ...]) -> str | dict[str, Any]:
    if choice.kind is Choice.ONE:
        return {"type": custom_tools.KIND if takes_free_text(choice.name, tools) else "function", "name": choice.name}
    return CHOICES[choice.kind]


def _tool(tool: Tool) -> dict[str, Any]:
    """Strictness has to be said: it would be the API's own default, and refuse most schemas."""
    if tool.free_text:
        return {"type": custom_tools.KIND, **_custom(tool)}
    written: dict[str, Any] = {"type": "function", "name": tool.name, "strict": tool.strict is True}
    if tool.description:
        written["description"] = tool.description
    return {**written, "parameters": dict(tool.schema) or {"type": "object", "properties": {}}}


def _custom(tool: Tool) -> dict[str, Any]:
    described = custom_tools.described(tool)
    if tool.grammar is not None:
        described["format"] = {"type": "grammar", **custom_tools.grammar_written(tool.grammar)}
    return described
