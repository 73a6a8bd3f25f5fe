"""An answer, whole and as a stream of events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from llmproxy.wires.canonical.content import Citation, Part, Score
from llmproxy.wires.usage import Usage


class Finish(StrEnum):
    """Why the model stopped."""

    STOP = "stop"
    STOP_SEQUENCE = "stop_sequence"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    FILTERED = "filtered"
    REFUSED = "refused"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Answer:
    """Attributes: stop_sequence: which one, where the provider says it."""

    id: str
    model: str
    content: tuple[Part, ...]
    finish: Finish
    usage: Usage | None = None
    stop_sequence: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    id: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class PartStarted:
    """Attributes: part: its beginning: a Text, Refusal, Thinking or ToolCall whose text is still to come."""

    index: int
    part: Part


@dataclass(frozen=True, slots=True)
class Delta:
    """More of a part: of its text, or of a tool call's arguments."""

    index: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """More of a part's signature."""

    index: int
    signature: str


@dataclass(frozen=True, slots=True)
class Cited:
    index: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class Scored:
    """How likely the tokens of a text were: told before the Delta that says them, or behind the last one."""

    index: int
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class PartEnded:
    index: int


@dataclass(frozen=True, slots=True)
class Finished:
    finish: Finish
    usage: Usage | None = None
    stop_sequence: str = ""


Event = Started | PartStarted | Delta | Signed | Cited | Scored | PartEnded | Finished


@dataclass(frozen=True, slots=True)
class Facts:
    """What an answer to the client says that the provider does not decide.

    Attributes:
        id: of the answer, unique.
        model: the public name that the client asked for.
        created: seconds since 1970.
        asked: the client's own body, for wires whose answers say again what was asked for.
    """

    id: str
    model: str
    created: int
    asked: Mapping[str, Any] = field(default_factory=dict)
