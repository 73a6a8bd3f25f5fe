"""Tool calls: when they are made and with which arguments."""

import re
from dataclasses import dataclass
from typing import Any

import orjson

from llmproxy.simulator.dice import Dice
from llmproxy.simulator.messages import Conversation
from llmproxy.simulator.parameters import Body, array, flag, mapping, text
from llmproxy.simulator.refusal import Refused, missing, wrong_type, wrong_value
from llmproxy.simulator.schema import Unsatisfiable, sample

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}").fullmatch
MOST_TOOLS = 128
MOST_CALLS = 8
MODES = ("none", "auto", "required")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as it is sent; `arguments` is JSON."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools on offer with the choice among them; `forced` is the name that tool_choice gives."""

    parameters: dict[str, Any]
    mode: str
    forced: str | None
    parallel: bool

    def calls(self, asked: Conversation, dice: Dice) -> list[ToolCall]:
        """The calls to be made now, if any. Raises Refused."""
        return [self._call(name, dice) for name in self._chosen(asked)]

    def _chosen(self, asked: Conversation) -> list[str]:
        if self.mode == "none" or not self.parameters:
            return []
        if self.forced:
            return [self.forced]
        question = asked.question.lower()
        named = [name for name in self.parameters if _mentioned(name.lower(), question)]
        if self.mode == "required":
            named = named or list(self.parameters)[:1]
        elif asked.results:
            return []
        return named[: MOST_CALLS if self.parallel else 1]

    def _call(self, name: str, dice: Dice) -> ToolCall:
        try:
            arguments = orjson.dumps(sample(self.parameters[name], dice)).decode()
        except (Unsatisfiable, orjson.JSONEncodeError) as error:
            raise Refused(
                f"Invalid schema for function '{name}': {error}.", param="tools", code="invalid_function_parameters"
            ) from error
        return ToolCall(f"call_{dice.below(1 << 64):016x}", name, arguments)


def toolbox(body: Body) -> Toolbox:
    """Read `tools`, `tool_choice`, `parallel_tool_calls`. Raises Refused."""
    offered = body.get("tools")
    parameters = {} if offered is None else dict(
        _tool(tool, f"tools[{index}]") for index, tool in enumerate(array(offered, "tools"))
    )  # fmt: skip
    if len(parameters) > MOST_TOOLS:
        message = f"Invalid 'tools': array too long. Expected an array with maximum length {MOST_TOOLS}."
        raise Refused(message, param="tools", code="array_above_max_length")
    mode, forced = _choice(body.get("tool_choice"), parameters)
    return Toolbox(parameters, mode, forced, flag(body, "parallel_tool_calls", True))


def _tool(value: object, path: str) -> tuple[str, Any]:
    tool = mapping(value, path)
    kind = text(tool, "type", f"{path}.")
    if kind != "function":
        raise wrong_value(f"{path}.type", kind, ("function",))
    if tool.get("function") is None:
        raise missing(f"{path}.function")
    function = mapping(tool["function"], f"{path}.function")
    name = text(function, "name", f"{path}.function.")
    if not NAME(name):
        raise Refused(
            f"Invalid '{path}.function.name': string does not match pattern. Expected a string that matches the "
            "pattern '^[a-zA-Z0-9_-]+$'.",
            param=f"{path}.function.name",
            code="invalid_value",
        )
    parameters = function.get("parameters")
    schema = {} if parameters is None else mapping(parameters, f"{path}.function.parameters")
    return name, {"type": "object", **schema}


def _choice(value: object, parameters: dict[str, Any]) -> tuple[str, str | None]:
    if value is None:
        return "auto", None
    if not parameters:
        raise Refused("Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.",
                      param="tool_choice")  # fmt: skip
    if isinstance(value, str):
        if value not in MODES:
            raise wrong_value("tool_choice", value, MODES)
        return value, None
    if not isinstance(value, dict):
        raise wrong_type("tool_choice", "one of a string or an object", value)
    name = text(mapping(value.get("function"), "tool_choice.function"), "name", "tool_choice.function.")
    if name not in parameters:
        raise Refused(f"Invalid value for 'tool_choice': the function '{name[:64]}' is not among 'tools'.",
                      param="tool_choice")  # fmt: skip
    return "required", name


def _mentioned(name: str, question: str) -> bool:
    return name in question or name.replace("_", " ").replace("-", " ") in question
