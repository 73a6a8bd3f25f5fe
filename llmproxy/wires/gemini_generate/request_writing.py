"""A request to the provider."""

from typing import Any

from llmproxy.wires.canonical.content import Tool
from llmproxy.wires.canonical.errors import UnsupportedParameter
from llmproxy.wires.canonical.request import Choice, Reasoning, Request, ToolChoice
from llmproxy.wires.gemini_generate.content_writing import ContentWriter

SUPPORTED = frozenset(
    {"tools", "tool_choice", "parallel_tool_calls", "output", "reasoning", "max_tokens", "temperature", "top_p",
     "top_k", "stop", "seed", "frequency_penalty", "presence_penalty", "candidates", "logprobs"}
)  # fmt: skip
LEVELS = frozenset({"minimal", "low", "medium", "high", "xhigh"})


def write_request(request: Request) -> dict[str, Any]:
    """The body; the model stands in the address, and whether it streams as well.

    Raises:
        UnsupportedParameter: the API cannot say it.
        BadRequest: see ContentWriter.
    """
    request.only(SUPPORTED)
    if request.parallel_tool_calls is False:
        raise UnsupportedParameter(request.client_name("parallel_tool_calls"), "several calls cannot be switched off")
    if request.candidates not in (None, 1):
        raise UnsupportedParameter(request.client_name("candidates"), "one answer is passed on")
    body: dict[str, Any] = {"contents": ContentWriter(request.messages).contents()}
    if texts := [{"text": each.text} for each in request.system if each.text]:
        body["systemInstruction"] = {"parts": texts}
    if request.tools:
        body["tools"] = [{"functionDeclarations": [_declared(tool) for tool in request.tools]}]
    if request.tool_choice is not None and request.tools:
        body["toolConfig"] = {"functionCallingConfig": _calling(request.tool_choice)}
    if config := _config(request):
        body["generationConfig"] = config
    return body


def _declared(tool: Tool) -> dict[str, Any]:
    declared: dict[str, Any] = {"name": tool.name}
    if tool.description:
        declared["description"] = tool.description
    if tool.schema:
        declared["parametersJsonSchema"] = tool.schema
    return declared


def _calling(choice: ToolChoice) -> dict[str, Any]:
    if choice.kind is Choice.ONE:
        return {"mode": "ANY", "allowedFunctionNames": [choice.name]}
    return {"mode": choice.kind.value.upper()}


def _config(request: Request) -> dict[str, Any]:
    given = {
        "maxOutputTokens": request.max_tokens,
        "temperature": request.temperature,
        "topP": request.top_p,
        "topK": request.top_k,
        "stopSequences": list(request.stop) or None,
        "seed": request.seed,
        "frequencyPenalty": request.frequency_penalty,
        "presencePenalty": request.presence_penalty,
        "responseLogprobs": True if request.logprobs is not None else None,
        "logprobs": request.logprobs or None,
        "thinkingConfig": _thinking(request, request.reasoning) if request.reasoning is not None else None,
    }
    config: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if request.output is not None:
        config["responseMimeType"] = "application/json"
        if request.output.schema is not None:
            config["responseJsonSchema"] = request.output.schema
    return config


def _thinking(request: Request, reasoning: Reasoning) -> dict[str, Any] | None:
    """A level where the client named an effort, a budget where it named one."""
    thinking: dict[str, Any] = {}
    if reasoning.budget is not None:
        thinking["thinkingBudget"] = reasoning.budget
    elif reasoning.effort == "none":
        thinking["thinkingBudget"] = 0
    elif reasoning.effort in LEVELS:
        thinking["thinkingLevel"] = reasoning.effort.upper()
    elif reasoning.effort:
        raise UnsupportedParameter(request.client_name("reasoning"), f"it knows no effort {reasoning.effort[:20]!r}")
    if reasoning.show is not None or reasoning.summary:
        thinking["includeThoughts"] = reasoning.show is not False
    return thinking or None
