"""A client's stream."""

from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from llmproxy.wires.canonical.answer import (
    Cited,
    Delta,
    Event,
    Facts,
    Finished,
    PartEnded,
    PartStarted,
    Scored,
    Signed,
)
from llmproxy.wires.canonical.content import Media, Part, Refusal, Score, Text, Thinking, ToolCall, ToolResult
from llmproxy.wires.canonical.errors import BadAnswer
from llmproxy.wires.canonical.unwrapping import Unwrapping
from llmproxy.wires.openai_chat import reasoning
from llmproxy.wires.openai_chat.answer_writing import (
    annotation,
    call,
    custom_call,
    custom_names,
    finish_reason,
    image,
    logprobs,
    usage_written,
)
from llmproxy.wires.openai_chat.custom_tools import KIND

Written = dict[str, Any]
DONE = b"data: [DONE]\n\n"


@dataclass(slots=True)
class Running:
    """A part while it arrives.

    Attributes:
        member: of a delta that says more of it.
        length: of its text.
        scores: of the tokens that are told next.
        is_custom: it is a call with free text, and `unwrapping` takes that out of arguments, where they hold it.
    """

    part: Part
    member: str = ""
    place: int = 0
    is_custom: bool = False
    unwrapping: Unwrapping | None = None
    length: int = 0
    text: list[str] = field(default_factory=list)
    scores: tuple[Score, ...] = ()


class Renderer:
    """One per stream, fed synchronously. Usage is told where the client asked for it."""

    __slots__ = (
        "_before",
        "_calls",
        "_custom",
        "_facts",
        "_head",
        "_kinds",
        "_opened",
        "_running",
        "_tail",
        "_thoughts",
    )

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._custom = custom_names(facts)
        options = facts.asked.get("stream_options")
        wants_usage = isinstance(options, dict) and options.get("include_usage") is True
        self._tail = b',"usage":null}\n\n' if wants_usage else b"}\n\n"
        self._head = b"data: " + orjson.dumps(self._envelope())[:-1]
        self._running: dict[int, Running] = {}
        self._kinds: set[type[Part]] = set()
        self._opened = False
        self._calls = self._thoughts = self._before = 0

    def feed(self, event: Event) -> bytes:
        """What the client gets for `event`. Raises BadAnswer: it makes no sense here."""
        if isinstance(event, Delta):
            return self._more(self._part(event.index), event.text)
        if isinstance(event, PartStarted):
            return self._begun(event)
        if isinstance(event, Signed):
            running = self._part(event.index)
            if isinstance(running.part, Thinking):
                running.part = replace(running.part, signature=running.part.signature + event.signature)
        elif isinstance(event, Cited):
            running = self._part(event.index)
            return self._told({"annotations": [annotation(event.citation, running.place, running.length)]})
        elif isinstance(event, Scored):
            self._part(event.index).scores += event.scores
        elif isinstance(event, PartEnded):
            return self._ended(self._running.pop(event.index, None))
        elif isinstance(event, Finished):
            return self._finished(event)
        return b""

    def close(self) -> bytes:
        """Nothing: the last event said that the stream is done."""
        return b""

    def _envelope(self) -> Written:
        facts = self._facts
        return {"id": facts.id, "object": "chat.completion.chunk", "created": facts.created, "model": facts.model}

    def _part(self, index: int) -> Running:
        if index not in self._running:
            raise BadAnswer("The provider went on with a part that it had not begun.")
        return self._running[index]

    def _begun(self, event: PartStarted) -> bytes:
        part = event.part
        self._kinds.add(type(part))
        running = self._running[event.index] = Running(part)
        if isinstance(part, ToolCall):
            return self._call_begun(running, part)
        if isinstance(part, Media):
            return self._told({"images": [{"index": 0, **image(part)}]})
        if isinstance(part, ToolResult):
            raise BadAnswer("An answer holds the result of a tool.")
        running.member = _member(part)
        running.place = self._before
        running.scores = part.scores if isinstance(part, Text | Refusal) else ()
        return self._more(running, part.text) if part.text else b""

    def _call_begun(self, running: Running, part: ToolCall) -> bytes:
        running.place = self._calls
        self._calls += 1
        running.is_custom = part.free_text or part.name in self._custom
        if not running.is_custom:
            return self._told({"tool_calls": [{"index": running.place, **call(part, part.arguments)}]})
        running.unwrapping = None if part.free_text else Unwrapping()
        begun = self._told({"tool_calls": [{"index": running.place, **custom_call(part, "")}]})
        return begun + self._called(running, part.arguments)

    def _called(self, running: Running, text: str) -> bytes:
        """More of what a tool is called with."""
        if not running.is_custom:
            return self._told({"tool_calls": [{"index": running.place, "function": {"arguments": text}}]})
        if running.unwrapping is not None:
            text = running.unwrapping.feed(text)
        return self._free_text(running, text)

    def _free_text(self, running: Running, text: str) -> bytes:
        return self._told({"tool_calls": [{"index": running.place, KIND: {"input": text}}]}) if text else b""

    def _more(self, running: Running, text: str) -> bytes:
        if isinstance(running.part, ToolCall):
            return self._called(running, text)
        if isinstance(running.part, Text):
            running.length += len(text)
        elif isinstance(running.part, Thinking):
            running.text.append(text)
        return self._told({running.member: text}, self._likely(running))

    def _likely(self, running: Running) -> bytes:
        """How likely the tokens were that are told now."""
        if not running.scores:
            return b"null"
        told, running.scores = running.scores, ()
        return orjson.dumps(logprobs((), told) if isinstance(running.part, Refusal) else logprobs(told))

    def _ended(self, running: Running | None) -> bytes:
        if running is None:
            return b""
        part = running.part
        if running.unwrapping is not None:
            return self._free_text(running, running.unwrapping.close())
        if isinstance(part, Text | Refusal):
            self._before += running.length
            return self._told({}, self._likely(running)) if running.scores else b""
        if not isinstance(part, Thinking) or not (part.signature or part.sealed):
            return b""
        self._thoughts += 1
        whole = replace(part, text="".join(running.text))
        return self._told({"reasoning_details": [reasoning.detail(whole, self._thoughts - 1)]})

    def _finished(self, event: Finished) -> bytes:
        reason = orjson.dumps(finish_reason(event.finish, self._kinds))
        told = self._role() + self._chunk(b"{}", reason)
        if self._tail[:1] == b"," and event.usage is not None:
            usage = {**self._envelope(), "choices": [], "usage": usage_written(event.usage)}
            told += b"data: " + orjson.dumps(usage) + b"\n\n"
        return told + DONE

    def _told(self, delta: Written, likely: bytes = b"null") -> bytes:
        chunk = self._chunk(orjson.dumps(delta), b"null", likely)
        return chunk if self._opened else self._role() + chunk

    def _role(self) -> bytes:
        """The first chunk says who speaks."""
        if self._opened:
            return b""
        self._opened = True
        return self._chunk(b'{"role":"assistant","content":"","refusal":null}', b"null")

    def _chunk(self, delta: bytes, reason: bytes, likely: bytes = b"null") -> bytes:
        choice = b',"choices":[{"index":0,"delta":%b,"logprobs":%b,"finish_reason":%b}]' % (delta, likely, reason)
        return self._head + choice + self._tail


def _member(part: Text | Refusal | Thinking) -> str:
    if isinstance(part, Thinking):
        return "reasoning_content"
    return "refusal" if isinstance(part, Refusal) else "content"
