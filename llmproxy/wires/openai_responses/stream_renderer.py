"""A client's stream. Each part is told as it comes; its item is told whole when it is over."""

from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from llmproxy.wires.canonical.answer import Cited, Delta, Event, Facts, Finished, PartEnded, PartStarted, Scored, Signed
from llmproxy.wires.canonical.content import Media, Part, Refusal, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer
from llmproxy.wires.canonical.unwrapping import Unwrapping
from llmproxy.wires.openai_chat import scores
from llmproxy.wires.openai_responses import answer_writing
from llmproxy.wires.openai_responses.answer_reading import CUSTOM_CALL

Written = dict[str, Any]
CUSTOM_DELTA = "response.custom_tool_call_input.delta"


@dataclass(slots=True)
class Running:
    """A part while it arrives.

    Attributes:
        head: the members that each of its deltas has, written.
        item: its item, and `place` that item's in the output.
        told: whether a summary was begun.
        unwrapping: takes the free text of a call out of its arguments, where they hold it.
        pending, logprobs: how likely the tokens are that are told next, and all that were told.
    """

    part: Part
    item: Written
    place: int
    content_index: int = 0
    head: bytes = b""
    text: list[str] = field(default_factory=list)
    annotations: list[Written] = field(default_factory=list)
    told: bool = False
    unwrapping: Unwrapping | None = None
    pending: list[Written] = field(default_factory=list)
    logprobs: list[Written] = field(default_factory=list)


class Renderer:
    """One per stream, fed synchronously."""

    __slots__ = ("_envelope", "_facts", "_message", "_number", "_output", "_running")

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._envelope = answer_writing.envelope(facts)
        self._number = -1
        self._output: list[Written] = []
        self._running: dict[int, Running] = {}
        self._message: int | None = None  # the place of the message that is under way

    def feed(self, event: Event) -> bytes:
        """What the client gets for `event`. Raises BadAnswer: it makes no sense here."""
        if isinstance(event, Delta):
            return self._more(self._part(event.index), event.text)
        if isinstance(event, PartStarted):
            return self._begin() + self._begun(event)
        if isinstance(event, PartEnded):
            return self._ended(self._running.pop(event.index, None))
        if isinstance(event, Finished):
            return self._begin() + self._finished(event)
        if isinstance(event, Signed):
            running = self._part(event.index)
            if isinstance(running.part, Thinking):
                running.part = replace(running.part, signature=running.part.signature + event.signature)
            return b""
        if isinstance(event, Scored):
            running = self._part(event.index)
            if isinstance(running.part, Text):  # refusals have no place for them
                running.pending += scores.written(event.scores)
            return b""
        return self._cited(self._part(event.index), event) if isinstance(event, Cited) else self._begin()

    def close(self) -> bytes:
        """Nothing: the last event said that the response is over."""
        return b""

    def _part(self, index: int) -> Running:
        if index not in self._running:
            raise BadAnswer("The provider went on with a part that it had not begun.")
        return self._running[index]

    def _begin(self) -> bytes:
        if self._number >= 0:
            return b""
        created = self._event("response.created", response=self._envelope)
        return created + self._event("response.in_progress", response=self._envelope)

    def _begun(self, event: PartStarted) -> bytes:
        if event.index in self._running:
            raise BadAnswer("The provider began a part twice.")
        part = event.part
        if isinstance(part, Text | Refusal):
            return self._text_begun(event.index, part)
        out = self._message_ended()
        blank = replace(part, arguments="") if isinstance(part, ToolCall) else part
        blank = replace(part, text="", sealed="", signature="") if isinstance(part, Thinking) else blank
        item = answer_writing.item_written(blank, self._facts, len(self._output))
        running = self._running[event.index] = Running(part, item, len(self._output))
        delta = DELTAS[type(part)]
        if isinstance(part, ToolCall):
            delta = self._call_begun(running, part)
        running.head = _head(delta, item, running.place, b'"summary_index":0,' * isinstance(part, Thinking))
        self._output.append(item)
        begun = self._event("response.output_item.added", output_index=running.place, item=_under_way(item))
        said = part.arguments if isinstance(part, ToolCall) else part.text if isinstance(part, Thinking) else ""
        return out + begun + (self._more(running, said) if said else b"")

    def _call_begun(self, running: Running, part: ToolCall) -> str:
        """What its deltas are called; its item says nothing yet."""
        is_custom = running.item["type"] == CUSTOM_CALL
        running.item["input" if is_custom else "arguments"] = ""
        if is_custom and not part.free_text:
            running.unwrapping = Unwrapping()
        return CUSTOM_DELTA if is_custom else DELTAS[ToolCall]

    def _text_begun(self, index: int, part: Text | Refusal) -> bytes:
        """Texts that follow each other are of one message."""
        out = b""
        if self._message is None:
            self._message = len(self._output)
            item = answer_writing.message(answer_writing.item_id(self._facts, "message", self._message))
            self._output.append(item)
            out = self._event("response.output_item.added", output_index=self._message, item=_under_way(item))
        item = self._output[self._message]
        running = self._running[index] = Running(part, item, self._message, len(item["content"]))
        member = b'"content_index":%d,' % running.content_index
        running.head = _head(DELTAS[type(part)], item, running.place, member)
        blank = answer_writing.part_written(type(part)(""))
        item["content"].append(blank)
        out += self._about(running, "response.content_part.added", part=blank)
        running.pending = scores.written(part.scores) if isinstance(part, Text) else []
        return out + (self._more(running, part.text) if part.text else b"")

    def _more(self, running: Running, text: str) -> bytes:
        """The one event that there are many of: its constant members were written before."""
        out = b""
        if isinstance(running.part, Thinking) and not running.told:
            running.told = True
            out = self._about(running, "response.reasoning_summary_part.added", part=_summary(""))
        if running.unwrapping is not None and not (text := running.unwrapping.feed(text)):
            return b""
        return out + self._delta(running, text)

    def _delta(self, running: Running, text: str) -> bytes:
        running.text.append(text)
        if running.pending:
            return self._about(running, DELTAS[Text], delta=text, logprobs=self._likely(running))
        self._number += 1
        return b'%b%d,"delta":%b}\n\n' % (running.head, self._number, orjson.dumps(text))

    def _likely(self, running: Running) -> list[Written]:
        """What was told of the tokens that are said now."""
        told, running.pending = running.pending, []
        running.logprobs += told
        return told

    def _cited(self, running: Running, event: Cited) -> bytes:
        written = answer_writing.annotation(event.citation, sum(map(len, running.text)))
        running.annotations.append(written)
        number = len(running.annotations) - 1
        kind = "response.output_text.annotation.added"
        return self._about(running, kind, annotation_index=number, annotation=written)

    def _ended(self, running: Running | None) -> bytes:
        if running is None:
            return b""
        out = b""
        if running.unwrapping is not None and (rest := running.unwrapping.close()):
            out = self._delta(running, rest)
        text = "".join(running.text)
        if isinstance(running.part, Text | Refusal):
            return self._text_ended(running, running.part, text)
        if isinstance(running.part, ToolCall):
            out += self._call_ended(running, text)
        elif isinstance(running.part, Thinking):
            running.item |= answer_writing.reasoning(replace(running.part, text=text), running.item["id"])
            if running.told:
                out = self._about(running, "response.reasoning_summary_text.done", text=text)
                out += self._about(running, "response.reasoning_summary_part.done", part=_summary(text))
        return out + self._event("response.output_item.done", output_index=running.place, item=running.item)

    def _call_ended(self, running: Running, said: str) -> bytes:
        item = running.item
        if item["type"] == CUSTOM_CALL:
            item["input"] = said
            return self._about(running, "response.custom_tool_call_input.done", input=said)
        item["arguments"] = said or "{}"
        done = {"name": item["name"], "arguments": item["arguments"]}
        return self._about(running, "response.function_call_arguments.done", **done)

    def _text_ended(self, running: Running, part: Text | Refusal, text: str) -> bytes:
        written = answer_writing.part_written(Refusal(text))
        if isinstance(part, Text):
            self._likely(running)
            written = answer_writing.text_written(text, running.annotations, running.logprobs)
            out = self._about(running, "response.output_text.done", text=text, logprobs=running.logprobs)
        else:
            out = self._about(running, "response.refusal.done", refusal=text)
        running.item["content"][running.content_index] = written
        return out + self._about(running, "response.content_part.done", part=written)

    def _message_ended(self) -> bytes:
        """The message that is under way ends where another item begins."""
        if self._message is None or any(running.place == self._message for running in self._running.values()):
            return b""
        place, self._message = self._message, None
        return self._event("response.output_item.done", output_index=place, item=self._output[place])

    def _finished(self, event: Finished) -> bytes:
        out = b"".join([self._ended(running) for running in self._running.values()])
        self._running = {}
        out += self._message_ended()
        response = answer_writing.ended(self._envelope, self._output, event.finish, event.usage)
        return out + self._event(f"response.{response['status']}", response=response)

    def _about(self, running: Running, kind: str, **members: object) -> bytes:
        where: Written = {"item_id": running.item["id"], "output_index": running.place}
        if isinstance(running.part, Text | Refusal):
            where["content_index"] = running.content_index
        elif isinstance(running.part, Thinking):
            where["summary_index"] = 0
        return self._event(kind, **where, **members)

    def _event(self, kind: str, **members: object) -> bytes:
        self._number += 1
        data = orjson.dumps({"type": kind, "sequence_number": self._number, **members})
        return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)


DELTAS: dict[type[Part], str] = {
    Text: "response.output_text.delta",
    Refusal: "response.refusal.delta",
    ToolCall: "response.function_call_arguments.delta",
    Thinking: "response.reasoning_summary_text.delta",
    Media: "",
}


def _head(kind: str, item: Written, place: int, member: bytes) -> bytes:
    """A delta up to its number."""
    logprobs = b'"logprobs":[],' if kind == DELTAS[Text] else b""
    where = b'"item_id":%b,"output_index":%d,%b%b' % (orjson.dumps(item["id"]), place, member, logprobs)
    name = kind.encode()
    return b'event: %b\ndata: {"type":"%b",%b"sequence_number":' % (name, name, where)


def _under_way(item: Written) -> Written:
    return {**item, "status": "in_progress"} if "status" in item else item


def _summary(text: str) -> Written:
    return {"type": "summary_text", "text": text}
