"""A request for one answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from llmproxy.wires.canonical.content import Message, Text, Tool
from llmproxy.wires.canonical.errors import UnsupportedParameter


class Choice(StrEnum):
    """Whether the model calls a tool."""

    AUTO = "auto"
    NONE = "none"
    ANY = "any"
    ONE = "one"


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Attributes: name: of the tool that must be called, with ONE. parallel: whether several calls may come at once."""

    kind: Choice = Choice.AUTO
    name: str = ""


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """Attributes: schema: None where any JSON object will do."""

    schema: Mapping[str, Any] | None = None
    name: str = ""
    description: str = ""
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class Reasoning:
    """How much the model thinks.

    Attributes:
        effort: "none", "minimal", "low", "medium", "high" or "xhigh"; empty where a budget or nothing says it.
        budget: tokens; 0 for none, -1 for as many as the model likes.
        show: whether the thoughts are told, where the client says it.
        summary: how they are summed up, in OpenAI's words.
    """

    effort: str = ""
    budget: int | None = None
    show: bool | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        names: the client's name of a parameter, by ours, where they differ: refusals say what the client sent.
        left_out: what the client sent that no answer depends on and that other wires cannot say; goes on record.
    """

    messages: tuple[Message, ...]
    system: tuple[Text, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    output: OutputFormat | None = None
    reasoning: Reasoning | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    candidates: int | None = None
    logprobs: int | None = None
    verbosity: str = ""
    end_user: str = ""
    stream: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def client_name(self, name: str) -> str:
        """What the client calls the parameter that is `name` here."""
        return self.names.get(name, name)

    def only(self, supported: frozenset[str]) -> None:
        """Refuse what a wire cannot say.

        Args:
            supported: names of optional fields that it can.

        Raises:
            UnsupportedParameter: a field outside of them is set.
        """
        for each in fields(self):
            if each.name in ALWAYS or each.name in supported:
                continue
            if getattr(self, each.name) not in (None, (), ""):
                raise UnsupportedParameter(self.client_name(each.name))


ALWAYS = frozenset({"messages", "system", "stream", "names", "left_out"})
