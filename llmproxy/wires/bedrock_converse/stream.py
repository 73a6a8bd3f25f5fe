"""ConverseStream's events.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from llmproxy.wires.aws_event_stream import BadEventStream, EventStreamReader, Message
from llmproxy.wires.bedrock_converse.answer import citation, finish, text_of, usage_from
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
from llmproxy.wires.usage import Usage

STATUSES = {"throttlingException": 429, "validationException": 400, "serviceUnavailableException": 503}
LONGEST_EVENT = 8 * 1024 * 1024


class Parser:
    """One per stream, fed synchronously.

    Attributes:
        usage: what the provider reported.
        complete: the model said why it stopped; ending without this is a failure.
    """

    __slots__ = ("_finish", "_open", "_reader", "complete", "usage")

    def __init__(self) -> None:
        self._reader = EventStreamReader(LONGEST_EVENT)
        self._open: dict[int, type[Part]] = {}
        self._finish: Finish | None = None
        self.usage: Usage | None = None
        self.complete = False

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes.

        Raises:
            BadAnswer: the stream is damaged, or its events make no sense.
            ProviderFailed: an exception of the service ended it.
        """
        try:
            messages = self._reader.feed(chunk)
        except BadEventStream as error:
            raise BadAnswer(str(error)) from error
        return [event for message in messages for event in self._events(message)]

    def close(self) -> list[Event]:
        """The end, where the service closed without the metadata that comes last."""
        return [*self._finished()] if self.complete else []

    def _events(self, message: Message) -> Iterator[Event]:
        data = _object(message.payload)
        if not message.is_event:
            told = str(data.get("message") or message.headers.get(":error-message") or "The provider failed.")
            raise ProviderFailed(told, STATUSES.get(message.name, 502), message.name)
        if message.name == "messageStart":
            yield Started()
        elif message.name == "contentBlockStart":
            yield from self._part_started(_index(data), data)
        elif message.name == "contentBlockDelta":
            yield from self._delta(_index(data), data)
        elif message.name == "contentBlockStop":
            if self._open.pop(_index(data), None) is not None:
                yield PartEnded(_index(data))
        elif message.name == "messageStop":
            self._finish, self.complete = finish(data.get("stopReason")), True
        elif message.name == "metadata":
            self.usage = usage_from(data.get("usage"))
            yield from self._finished()

    def _finished(self) -> Iterator[Event]:
        if self._finish is not None:
            yield from (PartEnded(index) for index in self._open)
            yield Finished(self._finish, self.usage)
            self._finish = None
            self._open = {}

    def _part_started(self, index: int, data: Mapping[str, Any]) -> Iterator[Event]:
        """Only tool calls are announced; other parts begin with their first delta."""
        start = data.get("start")
        if not isinstance(start, Mapping) or not start:
            return
        use = start.get("toolUse")
        if not isinstance(use, Mapping):
            raise BadAnswer(f"The provider began a block of an unknown kind: {', '.join(map(str, start))[:80]}.")
        yield from self._begun(index, ToolCall(text_of(use, "toolUseId"), text_of(use, "name")))

    def _begun(self, index: int, part: Part) -> Iterator[Event]:
        """The part at `index`, if it has not begun."""
        if index not in self._open:
            self._open[index] = type(part)
            yield PartStarted(index, part)
        elif self._open[index] is not type(part):
            raise BadAnswer("A block of the provider's answer changed its kind.")

    def _delta(self, index: int, data: Mapping[str, Any]) -> Iterator[Event]:
        delta = data.get("delta")
        if not isinstance(delta, Mapping):
            raise BadAnswer("The provider sent a delta without content.")
        if isinstance(text := delta.get("text"), str):
            yield from (*self._begun(index, Text("")), Delta(index, text))
        elif isinstance(use := delta.get("toolUse"), Mapping):
            if self._open.get(index) is not ToolCall:
                raise BadAnswer("The provider sent arguments of a tool call that it had not begun.")
            yield Delta(index, text_of(use, "input"))
        elif isinstance(thought := delta.get("reasoningContent"), Mapping):
            yield from self._thought(index, thought)
        elif isinstance(told := delta.get("citation"), Mapping):
            yield from (*self._begun(index, Text("")), Cited(index, citation(told)))
        else:
            raise BadAnswer(f"The provider sent a delta of an unknown kind: {', '.join(map(str, delta))[:80]}.")

    def _thought(self, index: int, told: Mapping[str, Any]) -> Iterator[Event]:
        if isinstance(sealed := told.get("redactedContent"), str):
            yield from self._begun(index, Thinking(sealed=sealed))
            return
        yield from self._begun(index, Thinking())
        if isinstance(text := told.get("text"), str) and text:
            yield Delta(index, text)
        if isinstance(signature := told.get("signature"), str) and signature:
            yield Signed(index, signature)


def _object(payload: bytes) -> Mapping[str, Any]:
    try:
        value = orjson.loads(payload or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadAnswer("The payload of one of the provider's events is not JSON.") from error
    if not isinstance(value, dict):
        raise BadAnswer("The payload of one of the provider's events is no object.")
    return value


def _index(data: Mapping[str, Any]) -> int:
    index = data.get("contentBlockIndex")
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise BadAnswer("One of the provider's events does not say which block it is about.")
    return index
