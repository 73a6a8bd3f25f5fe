"""A client's request."""

from collections.abc import Mapping
from typing import Any

from llmproxy.wires.canonical import reading
from llmproxy.wires.canonical.content import Tool
from llmproxy.wires.canonical.errors import BadRequest, UnsupportedParameter
from llmproxy.wires.canonical.request import Choice, OutputFormat, Reasoning, Request, ToolChoice
from llmproxy.wires.gemini_generate.content_reading import ContentReader, system_texts
from llmproxy.wires.gemini_generate.names import camel
from llmproxy.wires.gemini_generate.schema import json_schema

Object = Mapping[str, Any]
CONFIG = "generationConfig"
MEMBERS = frozenset({"contents", "systemInstruction", "tools", "toolConfig", "safetySettings", CONFIG, "model"})
# No answer depends on them.
LEFT_OUT = frozenset({"labels", "serviceTier"})
# What it is where nothing is asked for: that answers are not kept.
NOTHING: Mapping[str, tuple[object, ...]] = {"store": (False,)}
CONFIG_MEMBERS = frozenset(
    {"candidateCount", "stopSequences", "maxOutputTokens", "temperature", "topP", "topK", "seed", "presencePenalty",
     "frequencyPenalty", "responseLogprobs", "logprobs", "responseMimeType", "responseSchema", "responseJsonSchema",
     "thinkingConfig", "responseModalities"}
)  # fmt: skip
NAMES = {
    "max_tokens": "maxOutputTokens", "top_p": "topP", "top_k": "topK", "stop": "stopSequences",
    "frequency_penalty": "frequencyPenalty", "presence_penalty": "presencePenalty", "candidates": "candidateCount",
    "logprobs": "responseLogprobs", "output": "responseMimeType", "reasoning": "thinkingConfig", "seed": "seed",
    "temperature": "temperature",
}  # fmt: skip
MODES = {"": Choice.AUTO, "MODE_UNSPECIFIED": Choice.AUTO, "AUTO": Choice.AUTO, "VALIDATED": Choice.AUTO,
         "ANY": Choice.ANY, "NONE": Choice.NONE}  # fmt: skip
NOTHING_BLOCKED = frozenset({"BLOCK_NONE", "OFF"})


def read_request(body: Object, *, stream: bool) -> Request:
    """The request in the canonical form.

    Raises:
        BadRequest: it is none of generateContent's.
        UnsupportedParameter: no other wire can say what it says.
    """
    given = camel(body)
    _refuse_unknown(given, MEMBERS | LEFT_OUT, "")
    config = camel(reading.mapping(given, CONFIG) or {})
    _refuse_unknown(config, CONFIG_MEMBERS, f"{CONFIG}.")
    if config.get("responseModalities") not in (None, [], ["TEXT"]):
        raise UnsupportedParameter(f"{CONFIG}.responseModalities")
    tools, choice = _tools(given)
    return Request(
        messages=ContentReader().messages(given),
        system=system_texts(given),
        tools=tools,
        tool_choice=choice,
        output=_output(config),
        reasoning=_reasoning(config),
        max_tokens=reading.integer(config, "maxOutputTokens", CONFIG, least=1),
        temperature=reading.number(config, "temperature", CONFIG),
        top_p=reading.number(config, "topP", CONFIG),
        top_k=reading.integer(config, "topK", CONFIG),
        stop=reading.texts(config, "stopSequences", CONFIG),
        seed=reading.integer(config, "seed", CONFIG, least=-(2**31)),
        frequency_penalty=reading.number(config, "frequencyPenalty", CONFIG),
        presence_penalty=reading.number(config, "presencePenalty", CONFIG),
        candidates=reading.integer(config, "candidateCount", CONFIG, least=1),
        logprobs=_logprobs(config),
        stream=stream,
        names={ours: f"{CONFIG}.{theirs}" for ours, theirs in NAMES.items()} | {"tool_choice": "toolConfig"},
        left_out=tuple(name for name in LEFT_OUT if name in given) + _safety(given),
    )


def _refuse_unknown(given: Object, known: frozenset[str], at: str) -> None:
    for name, value in given.items():
        if name not in known and value not in (None, [], {}, "") and value not in NOTHING.get(name, ()):
            raise UnsupportedParameter(f"{at}{name}")


def _safety(given: Object) -> tuple[str, ...]:
    """Filters are Google's own. Where they are all off, there is nothing to say. Raises UnsupportedParameter."""
    thresholds = [camel(each).get("threshold") for _, each in reading.objects(given, "safetySettings")]
    if not all(each in NOTHING_BLOCKED for each in thresholds):
        raise UnsupportedParameter("safetySettings", "its filters are not Google's")
    return ("safetySettings",) if thresholds else ()


def _output(config: Object) -> OutputFormat | None:
    kind = reading.optional_text(config, "responseMimeType", CONFIG)
    schema = reading.mapping(config, "responseJsonSchema", CONFIG)
    if (googles := reading.mapping(config, "responseSchema", CONFIG)) is not None:
        schema = json_schema(googles, f"{CONFIG}.responseSchema")
    if kind in ("", "text/plain"):
        if schema is not None:
            raise BadRequest(f"{CONFIG}.responseMimeType must be application/json with a schema.", f"{CONFIG}")
        return None
    if kind != "application/json":
        raise UnsupportedParameter(f"{CONFIG}.responseMimeType", f"it knows no {kind[:80]!r}")
    return OutputFormat(schema, "answer" if schema is not None else "")


def _reasoning(config: Object) -> Reasoning | None:
    at = f"{CONFIG}.thinkingConfig"
    if (given := reading.mapping(config, "thinkingConfig", CONFIG)) is None:
        return None
    thinking = camel(given)
    level = reading.optional_text(thinking, "thinkingLevel", at).lower()
    return Reasoning(
        "" if level == "thinking_level_unspecified" else level,
        reading.integer(thinking, "thinkingBudget", at, least=-1),
        reading.boolean(thinking, "includeThoughts", at),
    )


def _logprobs(config: Object) -> int | None:
    if reading.boolean(config, "responseLogprobs", CONFIG) is not True:
        return None
    return reading.integer(config, "logprobs", CONFIG) or 0


def _tools(given: Object) -> tuple[tuple[Tool, ...], ToolChoice | None]:
    tools = [tool for at, each in reading.objects(given, "tools") for tool in _declared(camel(each), at)]
    config = camel(reading.mapping(given, "toolConfig") or {})
    _refuse_unknown(config, frozenset({"functionCallingConfig"}), "toolConfig.")
    if (calling := reading.mapping(config, "functionCallingConfig", "toolConfig")) is None:
        return tuple(tools), None
    calling = camel(calling)
    at = "toolConfig.functionCallingConfig"
    mode = reading.optional_text(calling, "mode", at)
    if mode not in MODES:
        raise BadRequest(f"{at}.mode must be AUTO, ANY, NONE or VALIDATED.", f"{at}.mode")
    if allowed := reading.texts(calling, "allowedFunctionNames", at):
        chosen = [tool for tool in tools if tool.name in allowed]
        if len(chosen) == 1 and mode == "ANY":
            return tuple(tools), ToolChoice(Choice.ONE, chosen[0].name)
        tools = chosen
    return tuple(tools), ToolChoice(MODES[mode])


def _declared(tool: Object, at: str) -> list[Tool]:
    """The functions of one entry; tools that Google runs itself are refused by name."""
    _refuse_built_in(tool, at)
    return [_function(camel(each), here) for here, each in reading.objects(tool, "functionDeclarations", at)]


def _refuse_built_in(tool: Object, at: str) -> None:
    for name, value in tool.items():
        if name != "functionDeclarations" and value is not None:
            raise UnsupportedParameter(f"{at}.{name}", "it does not have Google's tools")


def _function(declared: Object, at: str) -> Tool:
    schema = reading.mapping(declared, "parametersJsonSchema", at)
    if (googles := reading.mapping(declared, "parameters", at)) is not None:
        schema = json_schema(googles, f"{at}.parameters")
    return Tool(reading.text(declared, "name", at), reading.optional_text(declared, "description", at), schema or {})
