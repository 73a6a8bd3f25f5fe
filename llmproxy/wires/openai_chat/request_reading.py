"""A client's request."""

from collections.abc import Mapping
from typing import Any

from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.content import Tool
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter
from llmproxy.wires.canonical.request import Choice, OutputFormat, Reasoning, Request, ToolChoice
from llmproxy.wires.openai_chat import custom_tools
from llmproxy.wires.openai_chat.message_reading import conversation, names_are_said

Object = Mapping[str, Any]
MEMBERS = frozenset(
    {"model", "messages", "stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "response_format",
     "reasoning_effort", "max_completion_tokens", "max_tokens", "temperature", "top_p", "top_k", "stop", "seed",
     "frequency_penalty", "presence_penalty", "n", "logprobs", "top_logprobs", "verbosity", "user", "safety_identifier"}
)  # fmt: skip
# No answer depends on them.
LEFT_OUT = frozenset(
    {"metadata", "service_tier", "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "prediction"}
)
# What they stand for where nothing is asked for.
NOTHING: Mapping[str, tuple[object, ...]] = {"store": (False,), "modalities": (["text"],)}
NAMES = {"output": "response_format", "reasoning": "reasoning_effort", "candidates": "n", "end_user": "user",
         "grammar": "tools.custom.format", "cache": "cache_control"}  # fmt: skip
KINDS = ("function", custom_tools.KIND)
CHOICES = {"none": Choice.NONE, "auto": Choice.AUTO, "required": Choice.ANY}
EMPTY: tuple[object, ...] = (None, [], {}, "")
ASKED_BY_BEING_THERE = frozenset({"web_search_options"})  # also with nothing in it


def read_request(body: Object) -> Request:
    """The request in the canonical form.

    Raises:
        BadRequest: it is none of this wire.
        UnsupportedParameter: no other wire can say what it says.
    """
    left_out = _left_out(body)
    system, messages = conversation(body)
    tools, choice = _tools(body)
    limit = "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens"
    return Request(
        messages=messages,
        system=system,
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=reading.boolean(body, "parallel_tool_calls"),
        output=_output(body),
        reasoning=_reasoning(body),
        max_tokens=reading.integer(body, limit, least=1),
        temperature=reading.number(body, "temperature"),
        top_p=reading.number(body, "top_p"),
        top_k=reading.integer(body, "top_k"),
        stop=_stop(body),
        seed=reading.integer(body, "seed", least=-(2**63)),
        frequency_penalty=reading.number(body, "frequency_penalty"),
        presence_penalty=reading.number(body, "presence_penalty"),
        candidates=reading.integer(body, "n", least=1),
        logprobs=_logprobs(body),
        verbosity=reading.optional_text(body, "verbosity"),
        end_user=reading.optional_text(body, "safety_identifier") or reading.optional_text(body, "user"),
        stream=reading.boolean(body, "stream") is True,
        names={**NAMES, "max_tokens": limit},
        left_out=left_out,
    )


def _left_out(body: Object) -> tuple[str, ...]:
    """What is left out on record. Raises UnsupportedParameter for what changes answers and nobody else knows."""
    left_out = []
    for name, value in body.items():
        if name in MEMBERS or (value in EMPTY and (value is None or name not in ASKED_BY_BEING_THERE)):
            continue
        if name not in LEFT_OUT and value not in NOTHING.get(name, ()):
            raise UnsupportedParameter(name)
        left_out.append(name)
    if names_are_said(body):
        left_out.append("messages.name")
    return tuple(left_out)


def _stop(body: Object) -> tuple[str, ...]:
    stop = body.get("stop")
    if isinstance(stop, str):
        return (stop,)
    return reading.texts(body, "stop")


def _logprobs(body: Object) -> int | None:
    asked = reading.boolean(body, "logprobs") is True
    return reading.integer(body, "top_logprobs") or 0 if asked else None


def _reasoning(body: Object) -> Reasoning | None:
    effort = reading.optional_text(body, "reasoning_effort")
    return Reasoning(effort) if effort else None


def _output(body: Object) -> OutputFormat | None:
    given = reading.mapping(body, "response_format")
    kind = "text" if given is None else reading.text(given, "type", "response_format")
    if given is None or kind == "text":
        return None
    if kind == "json_object":
        return OutputFormat()
    if kind != "json_schema":
        raise UnsupportedParameter("response_format.type", f"it knows no {kind[:40]!r}")
    at = "response_format.json_schema"
    if (form := reading.mapping(given, "json_schema", "response_format")) is None:
        raise BadRequest(f"{at} must be an object.", at)
    return output_format(form, at)


def output_format(form: Object, at: str) -> OutputFormat:
    """A form of structured output, as OpenAI's wires have it. Raises BadRequest."""
    return OutputFormat(
        reading.mapping(form, "schema", at) or {},
        reading.optional_text(form, "name", at),
        reading.optional_text(form, "description", at),
        reading.boolean(form, "strict", at),
    )


def _tools(body: Object) -> tuple[tuple[Tool, ...], ToolChoice | None]:
    tools = tuple(_tool(each, at) for at, each in reading.objects(body, "tools"))
    given = body.get("tool_choice")
    if given is None:
        return tools, None
    if isinstance(given, str):
        if given not in CHOICES:
            raise BadRequest("tool_choice must be none, auto, required or an object.", "tool_choice")
        return tools, ToolChoice(CHOICES[given])
    chosen = reading.mapping(body, "tool_choice") or {}
    kind = reading.text(chosen, "type", "tool_choice")
    if kind == "allowed_tools":
        return _allowed(tools, reading.mapping(chosen, kind, "tool_choice") or {}, f"tool_choice.{kind}")
    if kind not in KINDS:
        raise UnsupportedParameter("tool_choice.type", f"it knows no {kind[:40]!r}")
    named = reading.mapping(chosen, kind, "tool_choice") or {}
    return tools, ToolChoice(Choice.ONE, reading.text(named, "name", f"tool_choice.{kind}"))


def _allowed(tools: tuple[Tool, ...], allowed: Object, at: str) -> tuple[tuple[Tool, ...], ToolChoice]:
    """Only the tools that may be called are passed on."""
    given = [(here, each) for here, each in reading.objects(allowed, "tools", at)]
    known = (reading.mapping(each, kind, here) for here, each in given for kind in KINDS)
    names = {each.get("name") for each in known if each is not None}
    mode = reading.optional_text(allowed, "mode", at)
    return tuple(tool for tool in tools if tool.name in names), ToolChoice(CHOICES.get(mode, Choice.AUTO))


def _tool(tool: Object, at: str) -> Tool:
    kind = reading.optional_text(tool, "type", at)
    if kind not in KINDS:
        raise UnsupportedParameter(f"{at}.type", f"it has no tools of the kind {kind[:40]!r}")
    function, here = reading.mapping(tool, kind, at), f"{at}.{kind}"
    if function is None:
        raise BadRequest(f"{here} must be an object.", here)
    if kind == custom_tools.KIND:
        return custom_tools.tool(reading.text(function, "name", here), function, here)
    return Tool(
        reading.text(function, "name", here),
        reading.optional_text(function, "description", here),
        reading.mapping(function, "parameters", here) or {},
        reading.boolean(function, "strict", here),
        "5m" if tool.get("cache_control") is not None else "",
    )
