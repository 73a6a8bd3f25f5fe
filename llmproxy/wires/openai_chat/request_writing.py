"""A request to the provider."""

from typing import Any

from llmproxy.wires.canonical.content import Tool
from llmproxy.wires.canonical.errors import UnsupportedParameter
from llmproxy.wires.canonical.request import Choice, OutputFormat, Reasoning, Request, ToolChoice
from llmproxy.wires.openai_chat import custom_tools
from llmproxy.wires.openai_chat.message_writing import messages

SUPPORTED = frozenset(
    {"tools", "tool_choice", "parallel_tool_calls", "output", "reasoning", "max_tokens", "temperature", "top_p", "stop",
     "seed", "frequency_penalty", "presence_penalty", "candidates", "logprobs", "verbosity", "end_user", "free_text"}
)  # fmt: skip
CHOICES = {Choice.NONE: "none", Choice.AUTO: "auto", Choice.ANY: "required"}
# What a budget in tokens amounts to, most first: this wire knows only efforts.
EFFORTS = ((16_384, "high"), (4_096, "medium"), (1, "low"))


def write_request(request: Request, model: str) -> dict[str, Any]:
    """The body. A stream is asked for its usage.

    Raises:
        UnsupportedParameter: the API cannot say it.
    """
    request.only(SUPPORTED)
    if request.candidates not in (None, 1):
        raise UnsupportedParameter(request.client_name("candidates"), "one answer is passed on")
    body: dict[str, Any] = {"model": model, "messages": messages(request.system, request.messages)}
    given = {
        "max_completion_tokens": request.max_tokens,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "stop": list(request.stop) or None,
        "seed": request.seed,
        "frequency_penalty": request.frequency_penalty,
        "presence_penalty": request.presence_penalty,
        "logprobs": True if request.logprobs is not None else None,
        "top_logprobs": request.logprobs or None,
        "verbosity": request.verbosity or None,
        "user": request.end_user or None,
        "reasoning_effort": effort(request.reasoning),
        "response_format": _format(request.output) if request.output is not None else None,
    }
    body.update((name, value) for name, value in given.items() if value is not None)
    if request.tools:
        body.update(_calling(request))
    if request.stream:
        body.update(stream=True, stream_options={"include_usage": True})
    return body


def effort(reasoning: Reasoning | None) -> str | None:
    """How much the model is to think; None where that is left to it."""
    if reasoning is None or reasoning.effort:
        return reasoning.effort if reasoning is not None else None
    if reasoning.budget is None or reasoning.budget < 0:
        return None
    return next((name for least, name in EFFORTS if reasoning.budget >= least), "none")


def _calling(request: Request) -> dict[str, Any]:
    calling: dict[str, Any] = {"tools": [_tool(tool) for tool in request.tools]}
    if request.tool_choice is not None:
        calling["tool_choice"] = _choice(request.tool_choice, request.tools)
    if request.parallel_tool_calls is not None:
        calling["parallel_tool_calls"] = request.parallel_tool_calls
    return calling


def _choice(choice: ToolChoice, tools: tuple[Tool, ...]) -> str | dict[str, Any]:
    if choice.kind is Choice.ONE:
        kind = custom_tools.KIND if takes_free_text(choice.name, tools) else "function"
        return {"type": kind, kind: {"name": choice.name}}
    return CHOICES[choice.kind]


def takes_free_text(name: str, tools: tuple[Tool, ...]) -> bool:
    """Whether the tool of that name does."""
    return any(tool.free_text and tool.name == name for tool in tools)


def _tool(tool: Tool) -> dict[str, Any]:
    if tool.free_text:
        return {"type": custom_tools.KIND, custom_tools.KIND: _custom(tool)}
    function: dict[str, Any] = {"name": tool.name}
    if tool.description:
        function["description"] = tool.description
    if tool.schema:
        function["parameters"] = tool.schema
    if tool.strict is not None:
        function["strict"] = tool.strict
    return {"type": "function", "function": function}


def _custom(tool: Tool) -> dict[str, Any]:
    described = custom_tools.described(tool)
    if tool.grammar is not None:
        described["format"] = {"type": "grammar", "grammar": custom_tools.grammar_written(tool.grammar)}
    return described


def _format(output: OutputFormat) -> dict[str, Any]:
    if output.schema is None:
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": schema_form(output)}


def schema_form(output: OutputFormat) -> dict[str, Any]:
    """A form of structured output, as OpenAI's wires have it; they want it to have a name."""
    form: dict[str, Any] = {"name": output.name or "answer", "schema": output.schema}
    if output.description:
        form["description"] = output.description
    if output.strict is not None:
        form["strict"] = output.strict
    return form
