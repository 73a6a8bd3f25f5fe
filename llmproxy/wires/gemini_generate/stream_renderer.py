"""A client's stream, as server-sent events."""

from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from llmproxy.wires.canonical.answer import Cited, Delta, Event, Facts, Finished, PartEnded, PartStarted, Scored, Signed
from llmproxy.wires.canonical.content import Citation, Part, Refusal, Score, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer
from llmproxy.wires.gemini_generate import scores
from llmproxy.wires.gemini_generate.answer_writing import envelope, finished, write_part
from llmproxy.wires.gemini_generate.content_writing import signed
from llmproxy.wires.usage import Usage

Written = dict[str, Any]
# As Google's own last event: older SDKs read a text from every one, and raise where there is no part.
EMPTY: Written = {"text": ""}


@dataclass(slots=True)
class Running:
    """A part while it arrives.

    Attributes:
        text: pieces of a call's arguments, or of what was said, for citations.
        scores: of the tokens that are told next.
    """

    part: Part
    text: list[str] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)
    scores: tuple[Score, ...] = ()


class Renderer:
    """One per stream, fed synchronously."""

    __slots__ = ("_facts", "_running", "_texts")

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._running: dict[int, Running] = {}
        self._texts: list[Text] = []

    def feed(self, event: Event) -> bytes:
        """What the client gets for `event`; often nothing. Raises BadAnswer, see write_answer."""
        if isinstance(event, PartStarted):
            return self._begun(event)
        if isinstance(event, Delta):
            return self._more(self._part(event.index), event.text)
        if isinstance(event, Signed):
            return self._signed(self._part(event.index), event.signature)
        if isinstance(event, Cited):
            self._part(event.index).citations.append(event.citation)
        elif isinstance(event, Scored):
            self._part(event.index).scores += event.scores
        elif isinstance(event, PartEnded):
            return self._ended(self._running.pop(event.index, None))
        elif isinstance(event, Finished):
            return self._event(finished(event.finish, [EMPTY], self._texts), event.usage)
        return b""

    def close(self) -> bytes:
        """Nothing: the last event said why it ended."""
        return b""

    def _part(self, index: int) -> Running:
        if index not in self._running:
            raise BadAnswer("The provider went on with a part that it had not begun.")
        return self._running[index]

    def _begun(self, event: PartStarted) -> bytes:
        """Calls wait until they are whole; other parts are told as they come."""
        self._running[event.index] = Running(event.part)
        if isinstance(event.part, ToolCall):
            return b""
        if isinstance(event.part, Text | Refusal):
            self._running[event.index].scores = event.part.scores
        if isinstance(event.part, Text | Refusal):
            return self._more(self._running[event.index], event.part.text)
        if isinstance(event.part, Thinking) and not (event.part.text or event.part.sealed):
            return b""
        return self._told(write_part(event.part))

    def _more(self, running: Running, text: str) -> bytes:
        if isinstance(running.part, ToolCall | Text):
            running.text.append(text)
        if isinstance(running.part, ToolCall) or not text:
            return b""
        if isinstance(running.part, Thinking):
            return self._told({"text": text, "thought": True})
        return self._told({"text": text}, self._likely(running))

    def _likely(self, running: Running) -> tuple[Score, ...]:
        """What was told of the tokens that are said now."""
        told, running.scores = running.scores, ()
        return told

    def _signed(self, running: Running, signature: str) -> bytes:
        if isinstance(running.part, ToolCall):
            running.part = replace(running.part, signature=running.part.signature + signature)
            return b""
        thought = {"thought": True} if isinstance(running.part, Thinking) else {}
        return self._told(signed({"text": "", **thought}, signature))

    def _ended(self, running: Running | None) -> bytes:
        if running is None:
            return b""
        if isinstance(running.part, Text):
            self._texts.append(Text("".join(running.text), tuple(running.citations)))
        if isinstance(running.part, Text | Refusal):
            return self._told(EMPTY, self._likely(running)) if running.scores else b""
        if isinstance(running.part, ToolCall):
            return self._told(
                write_part(replace(running.part, arguments=running.part.arguments + "".join(running.text)))
            )
        return b""

    def _told(self, part: Written | None, told: tuple[Score, ...] = ()) -> bytes:
        if part is None:
            return b""
        candidate: Written = {"content": {"parts": [part], "role": "model"}, "index": 0}
        return self._event({**candidate, **scores.written(told)} if told else candidate, None)

    def _event(self, candidate: Written, usage: Usage | None) -> bytes:
        return b"data: " + orjson.dumps(envelope(candidate, usage, self._facts)) + b"\r\n\r\n"
