"""The provider's stream of named events. https://docs.anthropic.com/en/api/messages-streaming"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from llmproxy.wires.anthropic_messages.answer_reading import finish, read_part, refusal, string
from llmproxy.wires.anthropic_messages.citations import citation
from llmproxy.wires.canonical.answer import (
    Cited,
    Delta,
    Event,
    Finish,
    Finished,
    PartEnded,
    PartStarted,
    Signed,
    Started,
)
from llmproxy.wires.canonical.content import Part, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed
from llmproxy.wires.sse import EventSplitter, EventTooLong, data_of
from llmproxy.wires.taps.anthropic_messages import usage_from
from llmproxy.wires.usage import Usage

Object = Mapping[str, Any]
STATUSES = {
    "invalid_request_error": 400, "authentication_error": 401, "permission_error": 403, "not_found_error": 404,
    "request_too_large": 413, "rate_limit_error": 429, "timeout_error": 504, "overloaded_error": 529,
}  # fmt: skip
DELTAS: Mapping[str, tuple[type[Part], str]] = {
    "text_delta": (Text, "text"),
    "thinking_delta": (Thinking, "thinking"),
    "input_json_delta": (ToolCall, "partial_json"),
}


class Parser:
    """One per stream, fed synchronously.

    Attributes:
        usage: what the provider reported so far.
        complete: `message_stop` came; ending without it is a failure.
    """

    __slots__ = ("_finish", "_last", "_open", "_reported", "_splitter", "_started", "_stop_sequence", "complete",
                 "usage")  # fmt: skip

    def __init__(self) -> None:
        self._splitter = EventSplitter()
        self._open: dict[int, type[Part]] = {}
        self._last = -1  # the highest index so far
        self._reported: dict[str, Any] = {}
        self._started = False
        self._finish, self._stop_sequence = Finish.STOP, ""
        self.usage: Usage | None = None
        self.complete = False

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes.

        Raises:
            BadAnswer: it is no stream of Messages'.
            ProviderFailed: it ends with an error.
        """
        try:
            events = self._splitter.feed(chunk)
        except EventTooLong as error:
            raise BadAnswer("An event of the provider's stream is too long.") from error
        told = [data for event in events if (data := data_of(event).strip())]
        return [event for data in told for event in self._events(_object(data))]

    def close(self) -> list[Event]:
        """The end. A last event without its blank line counts."""
        return self.feed(b"\n\n") if self._splitter.rest.strip() else []

    def _events(self, data: Object) -> Iterator[Event]:
        """Kinds that are new to us are passed over, as the API asks of its clients."""
        kind = string(data, "type")
        if kind == "error":
            _fail(data)
        if kind == "message_start":
            yield self._begun(data.get("message"))
        elif kind in ("content_block_start", "content_block_delta", "content_block_stop"):
            if not self._started:
                raise BadAnswer("The provider's stream does not begin with a message.")
            yield from self._block(kind, data, _index(data))
        elif kind == "message_delta":
            yield from self._ending(data)
        elif kind == "message_stop" and not self.complete:
            self.complete = True
            yield from (PartEnded(index) for index in self._open)
            yield Finished(self._finish, self.usage, self._stop_sequence)

    def _begun(self, message: object) -> Started:
        if self._started or not isinstance(message, Mapping):
            raise BadAnswer("The provider's stream begins twice, or with no message.")
        self._started = True
        self._report(message.get("usage"))
        return Started(string(message, "id"), string(message, "model"))

    def _report(self, usage: object) -> None:
        """Usage counts up; what a later report leaves out still holds."""
        if isinstance(usage, Mapping):
            self._reported.update({name: value for name, value in usage.items() if value is not None})
            self.usage = usage_from(self._reported)

    def _block(self, kind: str, data: Object, index: int) -> Iterator[Event]:
        if kind == "content_block_start":
            yield from self._part_started(index, data.get("content_block"))
        elif index not in self._open:
            raise BadAnswer("The provider went on with a block that it had not begun.")
        elif kind == "content_block_delta":
            yield from self._delta(index, data.get("delta"))
        else:
            del self._open[index]
            yield PartEnded(index)

    def _part_started(self, index: int, block: object) -> Iterator[Event]:
        part = read_part(block)
        if index <= self._last:
            raise BadAnswer("The provider began a block twice.")
        self._last, self._open[index] = index, type(part)
        if isinstance(part, ToolCall):  # its input is empty here, and comes in deltas
            yield PartStarted(index, replace(part, arguments="" if part.arguments == "{}" else part.arguments))
        else:
            yield PartStarted(index, part)

    def _delta(self, index: int, delta: object) -> Iterator[Event]:
        if not isinstance(delta, Mapping):
            raise BadAnswer("The provider sent a delta without content.")
        kind, part = string(delta, "type"), self._open[index]
        if kind in DELTAS:
            expected, member = DELTAS[kind]
            if part is not expected:
                raise BadAnswer("A block of the provider's answer changed its kind.")
            yield Delta(index, string(delta, member))
        elif kind == "signature_delta":
            yield Signed(index, string(delta, "signature"))
        elif kind == "citations_delta" and isinstance(told := delta.get("citation"), Mapping) and part is Text:
            yield Cited(index, citation(told))
        else:
            raise BadAnswer(f"The provider sent a delta of an unknown kind: {kind[:80]}.")

    def _ending(self, data: Object) -> Iterator[Event]:
        self._report(data.get("usage"))
        delta = data.get("delta")
        if not isinstance(delta, Mapping):
            return
        if delta.get("stop_reason") is not None:
            self._finish, self._stop_sequence = finish(delta["stop_reason"]), string(delta, "stop_sequence")
        for said in refusal(delta):
            self._last += 1
            yield from (PartStarted(self._last, said), PartEnded(self._last))


def _fail(data: Object) -> None:
    error = data.get("error")
    error = error if isinstance(error, Mapping) else {}
    kind = string(error, "type")
    raise ProviderFailed(string(error, "message") or "The provider failed.", STATUSES.get(kind, 502), kind)


def _object(data: bytes) -> Object:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadAnswer("An event of the provider's stream is not JSON.") from error
    if not isinstance(value, dict):
        raise BadAnswer("An event of the provider's stream is no object.")
    return value


def _index(data: Object) -> int:
    index = data.get("index")
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise BadAnswer("One of the provider's events does not say which block it is about.")
    return index
