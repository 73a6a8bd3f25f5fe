"""A client's request."""

from collections.abc import Mapping
from typing import Any

from llmproxy.wires.anthropic_messages.cache import lifetime
from llmproxy.wires.anthropic_messages.content_reading import messages, moved, system_texts
from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.content import Tool
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter
from llmproxy.wires.canonical.request import Choice, OutputFormat, Reasoning, Request, ToolChoice

Object = Mapping[str, Any]
MEMBERS = frozenset(
    {"model", "messages", "system", "max_tokens", "metadata", "stop_sequences", "stream", "temperature", "top_p",
     "top_k", "tools", "tool_choice", "thinking", "output_config", "output_format"}
)  # fmt: skip
# No answer depends on them: how fast, at which tariff, and what is kept to save tokens.
LEFT_OUT = ("cache_control", "context_management", "diagnostics", "service_tier", "speed")
NAMES = {
    "stop": "stop_sequences", "end_user": "metadata.user_id", "output": "output_config.format",
    "reasoning": "thinking", "parallel_tool_calls": "tool_choice.disable_parallel_tool_use",
    "cite": "citations", "cache": "cache_control",
}  # fmt: skip
TOOL_MEMBERS = frozenset({"type", "name", "description", "input_schema", "cache_control", "strict"})
TOOLS_LEFT_OUT = frozenset({"eager_input_streaming"})
CHOICES = {"auto": Choice.AUTO, "any": Choice.ANY, "tool": Choice.ONE, "none": Choice.NONE}


def read_request(body: Object) -> Request:
    """The request in the canonical form.

    Raises:
        BadRequest: it is none of Messages'.
        UnsupportedParameter: no other wire can say what it says.
    """
    _refuse_unknown(body, MEMBERS | set(LEFT_OUT), "")
    choice, parallel = _choice(body)
    max_tokens = reading.integer(body, "max_tokens", least=1)
    if max_tokens is None:
        raise BadRequest("max_tokens: Field required.", "max_tokens")
    metadata = reading.mapping(body, "metadata") or {}
    return Request(
        messages=messages(body),
        system=system_texts(body),
        tools=tuple(_tool(each, at) for at, each in reading.objects(body, "tools")),
        tool_choice=choice,
        parallel_tool_calls=parallel,
        output=_output(body),
        reasoning=_reasoning(body),
        max_tokens=max_tokens,
        temperature=reading.number(body, "temperature"),
        top_p=reading.number(body, "top_p"),
        top_k=reading.integer(body, "top_k"),
        stop=reading.texts(body, "stop_sequences"),
        end_user=reading.optional_text(metadata, "user_id", "metadata"),
        stream=reading.boolean(body, "stream") is True,
        names=NAMES,
        left_out=(*(name for name in LEFT_OUT if body.get(name) is not None), *moved(body)),
    )


def _refuse_unknown(given: Object, known: frozenset[str], at: str) -> None:
    for name, value in given.items():
        if name not in known and value not in (None, [], {}, "", False):
            raise UnsupportedParameter(reading.place(at, name))


def _tool(tool: Object, at: str) -> Tool:
    """Tools that Anthropic defines or runs itself are refused by name."""
    kind = reading.optional_text(tool, "type", at)
    if kind not in ("", "custom"):
        raise UnsupportedParameter(at, f"it does not have Anthropic's tool {kind[:80]!r}")
    given = {name: value for name, value in tool.items() if (name, value) != ("allowed_callers", ["direct"])}
    _refuse_unknown(given, TOOL_MEMBERS | TOOLS_LEFT_OUT, at)
    schema = reading.mapping(tool, "input_schema", at)
    if schema is None:
        raise BadRequest(f"{at}.input_schema: Field required.", f"{at}.input_schema")
    return Tool(
        reading.text(tool, "name", at),
        reading.optional_text(tool, "description", at),
        schema,
        reading.boolean(tool, "strict", at),
        lifetime(tool, at),
    )


def _choice(body: Object) -> tuple[ToolChoice | None, bool | None]:
    """Which tool, and whether several calls may come at once."""
    choice = reading.mapping(body, "tool_choice")
    if choice is None:
        return None, None
    kind = CHOICES.get(reading.text(choice, "type", "tool_choice"))
    if kind is None:
        raise BadRequest("tool_choice.type must be auto, any, tool or none.", "tool_choice.type")
    single = reading.boolean(choice, "disable_parallel_tool_use", "tool_choice")
    name = reading.text(choice, "name", "tool_choice") if kind is Choice.ONE else ""
    return ToolChoice(kind, name), None if single is None else not single


def _output(body: Object) -> OutputFormat | None:
    """`output_config.format`; `output_format` is what it was called before."""
    config, at = reading.mapping(body, "output_config") or {}, "output_config"
    _refuse_unknown(config, frozenset({"format", "effort"}), at)
    given = reading.mapping(config, "format", at)
    at = f"{at}.format"
    if given is None:
        given, at = reading.mapping(body, "output_format"), "output_format"
    if given is None:
        return None
    if given.get("type") != "json_schema":
        raise BadRequest(f"{at}.type must be json_schema.", f"{at}.type")
    schema = reading.mapping(given, "schema", at)
    if schema is None:
        raise BadRequest(f"{at}.schema: Field required.", f"{at}.schema")
    return OutputFormat(schema, "answer", strict=True)


def _reasoning(body: Object) -> Reasoning | None:
    """Thinking and effort. Adaptive thinking with an effort is what other wires call an effort."""
    config = reading.mapping(body, "output_config") or {}
    effort = reading.optional_text(config, "effort", "output_config")
    thinking = reading.mapping(body, "thinking")
    if thinking is None:
        return Reasoning(effort) if effort else None
    kind = reading.text(thinking, "type", "thinking")
    if kind == "disabled":
        return Reasoning(budget=0)
    display = reading.optional_text(thinking, "display", "thinking")
    show = display != "omitted" if display else None
    if kind == "adaptive":
        return Reasoning(effort, None if effort else -1, show)
    if kind != "enabled":
        raise UnsupportedParameter("thinking.type", f"it knows no {kind[:80]!r}")
    return Reasoning(effort, reading.integer(thinking, "budget_tokens", "thinking", least=1), show)
