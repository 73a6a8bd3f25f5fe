"""A request for one answer."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from llmproxy.wires.canonical.content import Media, Message, Text, Tool, ToolCall, ToolResult
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
            supported: names of optional fields that it can; "cite" for documents whose use is to be shown, "free_text"
                for tools that take it.

        Raises:
            UnsupportedParameter: a field outside of them is set.
        """
        for each in fields(self):
            if each.name in ALWAYS or each.name in supported:
                continue
            if getattr(self, each.name) not in (None, (), ""):
                raise UnsupportedParameter(self.client_name(each.name))
        if CITE not in supported and self._is_to_cite:
            raise UnsupportedParameter(self.client_name(CITE), "it does not say what its statements come from")
        if FREE_TEXT not in supported and self.has_free_text:
            raise UnsupportedParameter(self.client_name("tools"), "it has no tools that take free text")

    def without(self, names: Container[str]) -> tuple["Request", tuple[str, ...]]:
        """The request without the optional parameters of `names`, ours or the client's; and which of them it had."""
        given = {each.name: self.client_name(each.name) for each in fields(self) if each.name not in ESSENTIAL}
        unwanted = {
            ours: theirs
            for ours, theirs in given.items()
            if (ours in names or theirs in names) and getattr(self, ours) not in (None, (), "")
        }
        defaults: dict[str, Any] = {each.name: each.default for each in fields(self) if each.name in unwanted}
        return (replace(self, **defaults) if unwanted else self), tuple(unwanted.values())

    def left_out_by(self, supported: frozenset[str]) -> tuple[str, ...]:
        """What goes on record as left out: no answer depends on it, and a wire with `supported` cannot say it."""
        unsaid = [name for name in sorted(NO_ANSWER_DEPENDS_ON - supported) if getattr(self, name)]
        if CACHE not in supported and self._is_to_keep:
            unsaid.append(CACHE)
        return (*self.left_out, *(self.client_name(name) for name in unsaid))

    @property
    def has_free_text(self) -> bool:
        """Whether a tool takes free text, or one was called that does."""
        for tool in self.tools:
            if tool.free_text:
                return True
        for message in self.messages:
            for part in message.content:
                if type(part) is ToolCall and part.free_text:
                    return True
        return False

    @property
    def _is_to_keep(self) -> bool:
        """Whether the provider is asked to keep a beginning for the next call."""
        for held in (self.system, self.tools, *[message.content for message in self.messages]):
            for each in held:
                if isinstance(each, MARKED) and each.cache:
                    return True
        return False

    @property
    def _is_to_cite(self) -> bool:
        for message in self.messages:
            for part in message.content:
                for held in part.content if type(part) is ToolResult else (part,):
                    if type(held) is Media and held.cite:
                        return True
        return False


ESSENTIAL = frozenset({"messages", "system", "stream", "names", "left_out"})
CITE, FREE_TEXT, CACHE = "cite", "free_text", "cache"
MARKED = (Text, Media, ToolCall, ToolResult, Tool)  # what may say that it is the end of a kept beginning
NO_ANSWER_DEPENDS_ON = frozenset({"end_user"})
ALWAYS = ESSENTIAL | NO_ANSWER_DEPENDS_ON
