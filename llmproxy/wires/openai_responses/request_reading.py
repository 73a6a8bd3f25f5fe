"""A client's request."""

from collections.abc import Mapping
from typing import Any

from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.content import Tool
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter
from llmproxy.wires.canonical.request import Choice, OutputFormat, Reasoning, Request, ToolChoice
from llmproxy.wires.openai_chat import custom_tools
from llmproxy.wires.openai_chat.request_reading import output_format
from llmproxy.wires.openai_responses.item_reading import ItemReader, phases_are_said
from llmproxy.wires.openai_responses.namespaces import flat, functions

Object = Mapping[str, Any]
MEMBERS = frozenset(
    {"model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "text", "reasoning", "include",
     "max_output_tokens", "temperature", "top_p", "top_logprobs", "stream", "user", "safety_identifier"}
)  # fmt: skip
# No answer depends on them: they are about tariffs, caches, labels, padding, and calls of tools that OpenAI runs.
LEFT_OUT = frozenset(
    {"metadata", "client_metadata", "service_tier", "prompt_cache_key", "prompt_cache_retention",
     "prompt_cache_options", "stream_options", "max_tool_calls"}
)  # fmt: skip
# What they are where nothing is asked for.
NOTHING: Mapping[str, tuple[object, ...]] = {"store": (False,), "background": (False,), "truncation": ("disabled",)}
STATEFUL = frozenset({"store", "background", "previous_response_id", "conversation", "prompt"})
NOT_KEPT = "nothing is kept between calls for models of other providers. Send the whole conversation"
NAMES = {"output": "text.format", "verbosity": "text.verbosity", "max_tokens": "max_output_tokens",
         "logprobs": "top_logprobs", "end_user": "user", "grammar": "tools.format",
         "cache": "prompt_cache_breakpoint"}  # fmt: skip
LOGPROBS = "message.output_text.logprobs"
KINDS = ("function", custom_tools.KIND)
CHOICES = {"none": Choice.NONE, "auto": Choice.AUTO, "required": Choice.ANY}
EMPTY: tuple[object, ...] = (None, [], {}, "")


def read_request(body: Object) -> Request:
    """The request in the canonical form.

    Raises:
        BadRequest: it is none of this wire.
        UnsupportedParameter: no other wire can say what it says, or it builds on what OpenAI keeps.
    """
    left_out = _left_out(body)
    with_scores = LOGPROBS in reading.texts(body, "include")
    system, messages = ItemReader().conversation(body)
    tools, choice = _tools(body)
    form = reading.mapping(body, "text") or {}
    _refuse_unknown(form, frozenset({"format", "verbosity"}), "text")
    return Request(
        messages=messages,
        system=system,
        tools=tools,
        tool_choice=choice,
        parallel_tool_calls=reading.boolean(body, "parallel_tool_calls"),
        output=_output(form),
        reasoning=_reasoning(body),
        max_tokens=reading.integer(body, "max_output_tokens", least=1),
        temperature=reading.number(body, "temperature"),
        top_p=reading.number(body, "top_p"),
        logprobs=reading.integer(body, "top_logprobs") or (0 if with_scores else None),
        verbosity=reading.optional_text(form, "verbosity", "text"),
        end_user=reading.optional_text(body, "safety_identifier") or reading.optional_text(body, "user"),
        stream=reading.boolean(body, "stream") is True,
        names={**NAMES, "logprobs": "include"} if with_scores else NAMES,
        left_out=left_out,
    )


def _left_out(body: Object) -> tuple[str, ...]:
    """What is left out on record. Raises UnsupportedParameter for what changes answers and nobody else knows."""
    left_out = []
    for name, value in body.items():
        if name in MEMBERS or value in EMPTY or value in NOTHING.get(name, ()):
            continue
        if name not in LEFT_OUT:
            raise UnsupportedParameter(name, NOT_KEPT if name in STATEFUL else "")
        left_out.append(name)
    if phases_are_said(body):
        left_out.append("input.phase")
    return tuple(left_out)


def _refuse_unknown(given: Object, known: frozenset[str], at: str) -> None:
    for name, value in given.items():
        if name not in known and value not in EMPTY:
            raise UnsupportedParameter(reading.place(at, name))


def _output(form: Object) -> OutputFormat | None:
    given, at = reading.mapping(form, "format", "text"), "text.format"
    kind = "text" if given is None else reading.text(given, "type", at)
    if given is None or kind == "text":
        return None
    if kind == "json_object":
        return OutputFormat()
    if kind != "json_schema":
        raise UnsupportedParameter(f"{at}.type", f"it knows no {kind[:40]!r}")
    return output_format(given, at)


def _reasoning(body: Object) -> Reasoning | None:
    given, at = reading.mapping(body, "reasoning"), "reasoning"
    if given is None:
        return None
    if given.get("mode") == "standard":
        given = {name: value for name, value in given.items() if name != "mode"}
    _refuse_unknown(given, frozenset({"effort", "summary", "generate_summary"}), at)
    summary = reading.optional_text(given, "summary", at) or reading.optional_text(given, "generate_summary", at)
    effort = reading.optional_text(given, "effort", at)
    return Reasoning(effort, summary=summary) if effort or summary else None


def _tools(body: Object) -> tuple[tuple[Tool, ...], ToolChoice | None]:
    tools = tuple(_tool(each, at, namespace) for at, each, namespace in functions(body))
    given = body.get("tool_choice")
    if given is None:
        return tools, None
    if isinstance(given, str):
        if given not in CHOICES:
            raise BadRequest("tool_choice must be none, auto, required or an object.", "tool_choice")
        return tools, ToolChoice(CHOICES[given])
    chosen, at = reading.mapping(body, "tool_choice") or {}, "tool_choice"
    kind = reading.text(chosen, "type", at)
    if kind in KINDS:
        namespace = reading.optional_text(chosen, "namespace", at)
        return tools, ToolChoice(Choice.ONE, flat(namespace, reading.text(chosen, "name", at)))
    if kind != "allowed_tools":
        raise UnsupportedParameter(f"{at}.type", f"it knows no {kind[:40]!r}")
    names = {each.get("name") for _, each in reading.objects(chosen, "tools", at)}
    mode = reading.optional_text(chosen, "mode", at)
    return tuple(tool for tool in tools if tool.name in names), ToolChoice(CHOICES.get(mode, Choice.AUTO))


def _tool(tool: Object, at: str, namespace: str) -> Tool:
    """Tools that OpenAI runs itself are refused by name."""
    kind = reading.text(tool, "type", at)
    if kind not in KINDS:
        raise UnsupportedParameter(f"{at}.type", f"it does not have OpenAI's tool {kind[:40]!r}")
    name = flat(namespace, reading.text(tool, "name", at))
    if kind == custom_tools.KIND:
        return custom_tools.tool(name, tool, at)
    return Tool(
        name,
        reading.optional_text(tool, "description", at),
        reading.mapping(tool, "parameters", at) or {},
        reading.boolean(tool, "strict", at),
    )
