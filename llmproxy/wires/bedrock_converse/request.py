"""A request for Converse."""

from typing import Any

import orjson

from llmproxy.wires.bedrock_converse.content import cache_point, messages, system, tool_name
from llmproxy.wires.canonical.content import Tool, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import UnsupportedParameter
from llmproxy.wires.canonical.request import Choice, OutputFormat, Reasoning, Request

SUPPORTED = frozenset(
    {"tools", "tool_choice", "parallel_tool_calls", "output", "reasoning", "max_tokens", "temperature", "top_p", "stop",
     "candidates", "cite", "cache"}
)  # fmt: skip
EFFORTS = {"minimal": "low", "low": "low", "medium": "medium", "high": "high", "xhigh": "xhigh", "max": "max"}


def write_request(request: Request) -> dict[str, Any]:
    """The body; the model stands in the address.

    Raises:
        UnsupportedParameter: Converse cannot say it.
        BadRequest: see content.messages.
    """
    request.only(SUPPORTED)
    if request.parallel_tool_calls is False:
        raise UnsupportedParameter(request.client_name("parallel_tool_calls"), "several calls cannot be switched off")
    if request.candidates not in (None, 1):
        raise UnsupportedParameter(request.client_name("candidates"), "it gives one answer")
    body: dict[str, Any] = {"messages": messages(request.messages)}
    if blocks := system(request.system):
        body["system"] = blocks
    if inference := _inference(request):
        body["inferenceConfig"] = inference
    if tools := _tools(request):
        body["toolConfig"] = tools
    output = {**_format(request.output), **_effort(request)}
    if output:
        body["outputConfig"] = output
    if request.reasoning is not None and (thinking := _thinking(request.reasoning)):
        body["additionalModelRequestFields"] = {"thinking": thinking}
    return body


def _inference(request: Request) -> dict[str, Any]:
    _within(request, "temperature", request.temperature)
    _within(request, "top_p", request.top_p)
    given = {
        "maxTokens": request.max_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "stopSequences": list(request.stop) or None,
    }
    return {name: value for name, value in given.items() if value is not None}


def _within(request: Request, name: str, value: float | None) -> None:
    if value is not None and not 0 <= value <= 1:
        raise UnsupportedParameter(request.client_name(name), f"{value} is not between 0 and 1")


def _tools(request: Request) -> dict[str, Any]:
    """With its tools, unless none may be called and none was."""
    choice = request.tool_choice
    if choice is not None and choice.kind is Choice.NONE:
        if _tools_were_used(request):
            raise UnsupportedParameter(request.client_name("tool_choice"), "tools that were called cannot be barred")
        return {}
    if not request.tools:
        return {}
    config: dict[str, Any] = {"tools": [block for tool in request.tools for block in _tool(tool)]}
    if choice is not None and choice.kind is Choice.ONE:
        config["toolChoice"] = {"tool": {"name": tool_name(choice.name)}}
    elif choice is not None:
        config["toolChoice"] = {choice.kind.value: {}}
    return config


def _tools_were_used(request: Request) -> bool:
    return any(isinstance(part, ToolCall | ToolResult) for each in request.messages for part in each.content)


def _tool(tool: Tool) -> list[dict[str, Any]]:
    schema = dict(tool.schema) or {"type": "object", "properties": {}}
    spec: dict[str, Any] = {"name": tool_name(tool.name), "inputSchema": {"json": schema}}
    if tool.description:
        spec["description"] = tool.description
    if tool.strict is not None:
        spec["strict"] = tool.strict
    return [{"toolSpec": spec}, *cache_point(tool.cache)]


def _format(output: OutputFormat | None) -> dict[str, Any]:
    if output is None:
        return {}
    if output.schema is None:
        raise UnsupportedParameter("A JSON answer without a schema", "give one")
    definition = {"schema": orjson.dumps(output.schema).decode()}
    if output.name:
        definition["name"] = output.name
    if output.description:
        definition["description"] = output.description
    return {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": definition}}}


def _effort(request: Request) -> dict[str, Any]:
    effort = request.reasoning.effort if request.reasoning is not None else ""
    if not effort or effort == "none":
        return {}
    if effort not in EFFORTS:
        raise UnsupportedParameter(request.client_name("reasoning"), f"it knows no effort {effort[:20]!r}")
    return {"effort": EFFORTS[effort]}


def _thinking(reasoning: Reasoning) -> dict[str, Any]:
    """Anthropic's form, which stands for itself: models of others refuse it by name.

    https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html
    """
    if reasoning.effort == "none" or reasoning.budget == 0:
        return {"type": "disabled"}
    if reasoning.budget is None:
        return {}
    if reasoning.budget < 0:
        return {"type": "adaptive"}
    return {"type": "enabled", "budget_tokens": reasoning.budget}
