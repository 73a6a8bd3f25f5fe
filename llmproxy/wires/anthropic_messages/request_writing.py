"""A request to the provider."""

from typing import Any

from llmproxy.wires.anthropic_messages.cache import marked
from llmproxy.wires.anthropic_messages.content_writing import messages, texts, tool_name
from llmproxy.wires.canonical.content import Tool
from llmproxy.wires.canonical.errors import UnsupportedParameter
from llmproxy.wires.canonical.request import Choice, OutputFormat, Reasoning, Request

SUPPORTED = frozenset(
    {"tools", "tool_choice", "parallel_tool_calls", "output", "reasoning", "max_tokens", "temperature", "top_p",
     "top_k", "stop", "candidates", "end_user", "cite", "cache"}
)  # fmt: skip
EFFORTS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max"}
# The API wants a limit; the client set none. Every current model gives as much.
DEFAULT_MAX_TOKENS = 16_000
LEAST_BUDGET = 1024


def write_request(request: Request, model: str) -> dict[str, Any]:
    """The body.

    Raises:
        UnsupportedParameter: the API cannot say it.
        BadRequest: see content_writing.messages.
    """
    request.only(SUPPORTED)
    if request.candidates not in (None, 1):
        raise UnsupportedParameter(request.client_name("candidates"), "it gives one answer")
    given: dict[str, Any] = {
        "model": model,
        "max_tokens": _most(request),
        "messages": messages(request.messages),
        "system": texts(request.system) or None,
        "temperature": _within(request, "temperature", request.temperature),
        "top_p": _within(request, "top_p", request.top_p),
        "top_k": request.top_k,
        "stop_sequences": list(request.stop) or None,
        "tools": [_tool(tool) for tool in request.tools] or None,
        "tool_choice": _choice(request),
        "thinking": _thinking(request.reasoning),
        "output_config": {**_effort(request), **_format(request.output)} or None,
        "metadata": {"user_id": request.end_user} if request.end_user else None,
        "stream": request.stream or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _most(request: Request) -> int:
    if request.max_tokens is not None:
        return request.max_tokens
    budget = request.reasoning.budget if request.reasoning is not None else None
    return DEFAULT_MAX_TOKENS + max(budget or 0, 0)


def _within(request: Request, name: str, value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 1:
        raise UnsupportedParameter(request.client_name(name), f"{value} is not between 0 and 1")
    return value


def _tool(tool: Tool) -> dict[str, Any]:
    """The schema has to be one of an object."""
    schema = {"type": "object", **tool.schema} if "type" not in tool.schema else dict(tool.schema)
    written: dict[str, Any] = {"name": tool_name(tool.name), "input_schema": schema}
    if tool.description:
        written["description"] = tool.description
    if tool.strict:
        written["strict"] = True
    return marked(written, tool.cache)


def _choice(request: Request) -> dict[str, Any] | None:
    """Without tools there is nothing to choose from, and the API would refuse to."""
    if not request.tools:
        return None
    choice, parallel = request.tool_choice, request.parallel_tool_calls
    if choice is None and parallel is not False:
        return None
    kind = choice.kind if choice is not None else Choice.AUTO
    written: dict[str, Any] = {"type": "tool" if kind is Choice.ONE else kind.value}
    if choice is not None and kind is Choice.ONE:
        written["name"] = tool_name(choice.name)
    if parallel is False and kind is not Choice.NONE:
        written["disable_parallel_tool_use"] = True
    return written


def _thinking(reasoning: Reasoning | None) -> dict[str, Any] | None:
    """A budget where the client named one; else the model decides how much of its effort is thought."""
    if reasoning is None:
        return None
    if reasoning.effort == "none" or reasoning.budget == 0:
        return {"type": "disabled"}
    written: dict[str, Any] = {"type": "adaptive"}
    if reasoning.budget is not None and reasoning.budget > 0:
        written = {"type": "enabled", "budget_tokens": max(reasoning.budget, LEAST_BUDGET)}
    if reasoning.show is not None or reasoning.summary:
        written["display"] = "omitted" if reasoning.show is False else "summarized"
    return written


def _effort(request: Request) -> dict[str, Any]:
    effort = request.reasoning.effort if request.reasoning is not None else ""
    if effort in ("", "none"):
        return {}
    if effort not in EFFORTS:
        raise UnsupportedParameter(request.client_name("reasoning"), f"it knows no effort {effort[:20]!r}")
    return {"effort": EFFORTS[effort]}


def _format(output: OutputFormat | None) -> dict[str, Any]:
    if output is None:
        return {}
    if output.schema is None:
        raise UnsupportedParameter("A JSON answer without a schema", "give one")
    return {"format": {"type": "json_schema", "schema": output.schema}}
