"""A client's stream of named events. Blocks follow each other: what would overlap waits for its turn."""

from typing import Any

import orjson

from llmproxy.wires.anthropic_messages import citations
from llmproxy.wires.anthropic_messages.answer_writing import message, stopped, thinking, usage_written
from llmproxy.wires.canonical.answer import (
    Cited,
    Delta,
    Event,
    Facts,
    Finished,
    PartEnded,
    PartStarted,
    Signed,
    Started,
)
from llmproxy.wires.canonical.content import Citation, Part, Refusal, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer
from llmproxy.wires.usage import Usage

Written = dict[str, Any]


class Renderer:
    """One per stream, fed synchronously."""

    __slots__ = ("_block", "_current", "_facts", "_number", "_started", "_waiting")

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._started = False
        self._number = -1  # of the block that is open, or was last
        self._current: int | None = None  # the open part's index
        self._block: Part = Text("")  # its beginning
        self._waiting: dict[int, list[Event]] = {}

    def feed(self, event: Event) -> bytes:
        """What the client gets for `event`; nothing while it waits. Raises BadAnswer, see answer_writing."""
        if isinstance(event, Started):
            return self._begun()
        if isinstance(event, Finished):
            return self._begun() + self._finished(event)
        if isinstance(event, PartStarted):
            if event.index == self._current or event.index in self._waiting:
                raise BadAnswer("The provider began a part twice.")
            if self._current is not None:
                self._waiting[event.index] = [event]
                return b""
            return self._begun() + self._block_begun(event.index, event.part)
        if event.index == self._current:
            return self._more(event)
        if event.index not in self._waiting:
            raise BadAnswer("The provider went on with a part that it had not begun.")
        self._waiting[event.index].append(event)
        return b""

    def close(self) -> bytes:
        """Nothing: `message_stop` was the end."""
        return b""

    def _begun(self) -> bytes:
        if self._started:
            return b""
        self._started = True
        return _event("message_start", message={**message(self._facts, []), "usage": usage_written(Usage())})

    def _block_begun(self, index: int, part: Part) -> bytes:
        self._current, self._block = index, part
        self._number += 1
        begun = _event("content_block_start", index=self._number, content_block=_beginning(part))
        return begun + b"".join([self._delta(delta) for delta in _first(part)])

    def _more(self, event: Event) -> bytes:
        if isinstance(event, PartEnded):
            return self._ended()
        if isinstance(event, Delta):
            return self._delta(_delta(self._block, event.text))
        if isinstance(event, Signed) and isinstance(self._block, Thinking):
            return self._delta(_signature(event.signature))
        if isinstance(event, Cited) and isinstance(self._block, Text):
            return self._delta(_citation(event.citation))
        return b""  # signatures of texts and calls, and how likely tokens were: this wire has no place for them

    def _delta(self, delta: Written | None) -> bytes:
        return _event("content_block_delta", index=self._number, delta=delta) if delta else b""

    def _ended(self) -> bytes:
        """The open block ends, and the one that waited longest goes on."""
        self._current = None
        out = _event("content_block_stop", index=self._number)
        if self._waiting:
            index = next(iter(self._waiting))
            out += b"".join([self.feed(event) for event in self._waiting.pop(index)])
        return out

    def _finished(self, event: Finished) -> bytes:
        out = b""
        while self._current is not None:
            out += self._ended()
        usage = usage_written(event.usage or Usage())
        out += _event("message_delta", delta=stopped(event.finish, event.stop_sequence), usage=usage)
        return out + _event("message_stop")


def _event(kind: str, **members: object) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), orjson.dumps({"type": kind, **members}))


def _beginning(part: Part) -> Written:
    """A block as it begins: what it holds comes in deltas, apart from what only the provider can read."""
    if isinstance(part, Text | Refusal):
        return {"type": "text", "text": ""}
    if isinstance(part, Thinking):
        return thinking(part if part.sealed and not part.text else Thinking())
    if isinstance(part, ToolCall) and not part.free_text:
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": {}}
    raise BadAnswer("The model's answer holds something that this format has no block for.")


def _first(part: Part) -> list[Written]:
    """What a part brought with its beginning."""
    if isinstance(part, ToolCall):
        return [_delta(part, part.arguments)]
    if isinstance(part, Text):
        return [_delta(part, part.text), *map(_citation, part.citations)]
    if isinstance(part, Thinking):
        return [_delta(part, part.text), _signature(part.signature)]
    return [_delta(part, part.text)] if isinstance(part, Refusal) else []


def _signature(signature: str) -> Written:
    return {"type": "signature_delta", "signature": signature} if signature else {}


def _citation(citation: Citation) -> Written:
    return {"type": "citations_delta", "citation": citations.written(citation)}


def _delta(part: Part, text: str) -> Written:
    """More of a block; empty where there is nothing to say."""
    if not text:
        return {}
    if isinstance(part, ToolCall):
        return {"type": "input_json_delta", "partial_json": text}
    if isinstance(part, Thinking):
        return {"type": "thinking_delta", "thinking": text}
    return {"type": "text_delta", "text": text}
