"""What a message is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a statement comes from.

    Attributes:
        start, end: the stretch of the text it supports, in characters; None where the wire does not say it.
        quote: the words of the source.
    """

    url: str = ""
    title: str = ""
    start: int | None = None
    end: int | None = None
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """How likely a token was.

    Attributes:
        logprob: the natural logarithm of its probability.
        raw: its bytes, where they are no whole characters.
        others: those that were likely in its place.
    """

    token: str
    logprob: float
    raw: bytes = b""
    others: tuple["Score", ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """What is said.

    Attributes:
        cache: how long the provider may keep what stands up to here, such as "5m"; empty for not at all.
        scores: of its tokens, in an answer, where the client asked for them.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    cache: str = ""
    signature: str = ""
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """The model's own words for why it does not answer. Attributes: scores: as for Text."""

    text: str
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True, slots=True)
class Thinking:
    """What the model thought before it answered.

    Attributes:
        signature: the provider's proof that the text is its own; has to go back unchanged.
        sealed: what only the provider can read (redacted, encrypted); goes back unchanged.
        id: the item's, where the wire has one.
    """

    text: str = ""
    signature: str = ""
    sealed: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Media:
    """An image, a document or a sound.

    Attributes:
        kind: "image", "file" or "audio".
        type: the media type, such as image/png; empty where only an address is known.
        data: base64; else `url` says where it lies, or `text` is the plain text of a document.
        detail: how closely an image is to be looked at.
        cite: whether the answer is to say which of its statements come from this document.
    """

    kind: str
    type: str = ""
    data: str = ""
    url: str = ""
    text: str = ""
    name: str = ""
    detail: str = ""
    cache: str = ""
    cite: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool.

    Attributes:
        arguments: JSON text, as the model wrote it; any text for a tool of free text.
        signature: as for Thinking (Gemini signs calls).
        free_text: see Tool.
    """

    id: str
    name: str
    arguments: str = ""
    signature: str = ""
    cache: str = ""
    free_text: bool = False


@dataclass(frozen=True, slots=True)
class ToolResult:
    """Attributes: id, name: of the call that it answers."""

    id: str
    name: str = ""
    content: tuple[Text | Media, ...] = ()
    is_error: bool = False
    cache: str = ""


Part = Text | Refusal | Thinking | Media | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    content: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a text has to follow. Attributes: syntax: "lark" or "regex", in which the definition is written."""

    definition: str
    syntax: str = ""


@dataclass(frozen=True, slots=True)
class Tool:
    """What the model may call.

    Attributes:
        schema: the JSON schema of its arguments.
        free_text: it takes any text in place of arguments, which only OpenAI's wires have; see free_text.as_functions.
        grammar: what that text has to follow, if anything.
    """

    name: str
    description: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)
    strict: bool | None = None
    cache: str = ""
    free_text: bool = False
    grammar: Grammar | None = None


def scored(parts: tuple[Part, ...], told: tuple[Score, ...], refused: tuple[Score, ...] = ()) -> tuple[Part, ...]:
    """The parts, with what is told of the one text and of the one refusal that answers have."""
    if not told and not refused:
        return parts
    left: dict[type[Part], tuple[Score, ...]] = {Text: told, Refusal: refused}
    return tuple(
        replace(part, scores=left.pop(type(part), ())) if isinstance(part, Text | Refusal) else part for part in parts
    )
