"""The provider's stream: typed events about items and their parts.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from llmproxy.wires.canonical.answer import (
    Cited,
    Delta,
    Event,
    Finished,
    PartEnded,
    PartStarted,
    Scored,
    Signed,
    Started,
)
from llmproxy.wires.canonical.content import Part, Refusal, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer
from llmproxy.wires.openai_chat import scores
from llmproxy.wires.openai_responses import proofs
from llmproxy.wires.openai_responses.answer_reading import (
    CUSTOM_CALL,
    call,
    citation,
    failure,
    finish,
    place,
    raise_failure,
    read_item,
    string,
    thought,
)
from llmproxy.wires.sse import EventSplitter, EventTooLong, data_of
from llmproxy.wires.taps.openai_responses import usage_from
from llmproxy.wires.usage import Usage

Object = Mapping[str, Any]
Place = tuple[int, int]  # of an item in the output and of a part in it
ITSELF = 0  # the part that an item is, which has no others
CALLED_WITH: Mapping[str, str] = {"function_call": "arguments", CUSTOM_CALL: "input"}
DONE = b"[DONE]"  # some servers of this wire end with it


class Parser:
    """One per stream, fed synchronously.

    Attributes:
        usage: what the provider reported.
        complete: the response was said to be over; ending without this is a failure.
    """

    __slots__ = ("_kinds", "_next", "_open", "_places", "_splitter", "_started", "_summaries", "complete", "usage")

    def __init__(self) -> None:
        self._splitter = EventSplitter()
        self._started = False
        self._next = 0
        self._open: dict[Place, int] = {}
        self._places: dict[Place, type[Part]] = {}  # all that were ever begun
        self._kinds: set[type[Part]] = set()
        self._summaries: dict[Place, int] = {}  # the part of the summary that is under way
        self.usage: Usage | None = None
        self.complete = False

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes.

        Raises:
            BadAnswer: it is no stream of this wire.
            ProviderFailed: it ends with a failure.
        """
        try:
            events = self._splitter.feed(chunk)
        except EventTooLong as error:
            raise BadAnswer("An event of the provider's stream is too long.") from error
        told = [data for event in events if (data := data_of(event).strip()) and data != DONE]
        return [event for data in told for event in self._events(_object(data))]

    def close(self) -> list[Event]:
        """The end. A last event without its blank line counts."""
        return self.feed(b"\n\n") if self._splitter.rest.strip() else []

    def _events(self, data: Object) -> Iterator[Event]:
        """Kinds that are new to us, or that say again what others said, are passed over."""
        kind = string(data, "type")
        if (read := READERS.get(kind)) is not None and not self.complete:
            yield from read(self, data)

    def _created(self, data: Object) -> Iterator[Event]:
        if not self._started:
            self._started = True
            response = _inner(data, "response")
            yield Started(string(response, "id"), string(response, "model"))

    def _added(self, data: Object) -> Iterator[Event]:
        """Calls and thoughts are known when their item begins, texts when their part does."""
        item, at = _inner(data, "item"), (_index(data), ITSELF)
        if (member := CALLED_WITH.get(string(item, "type"))) is not None:
            yield from self._begun(at, call(item, ""))
            if said := string(item, member):
                yield Delta(self._open[at], said)

    def _text(self, data: Object) -> Iterator[Event]:
        yield from self._more(_place(data), Text, data)

    def _refusal(self, data: Object) -> Iterator[Event]:
        yield from self._more(_place(data), Refusal, data)

    def _arguments(self, data: Object) -> Iterator[Event]:
        at = (_index(data), ITSELF)
        if at not in self._open or self._places[at] is not ToolCall:
            raise BadAnswer("The provider went on with a call of a tool that it had not begun.")
        yield Delta(self._open[at], _delta(data))

    def _thought(self, data: Object) -> Iterator[Event]:
        """Parts of a summary are paragraphs of one thought."""
        at, part = (_index(data), ITSELF), place(data, "summary_index") or 0
        before = self._summaries.setdefault(at, part)
        if before != part:
            self._summaries[at] = part
            yield from self._more(at, Thinking, {"delta": "\n\n"}, string(data, "item_id"))
        yield from self._more(at, Thinking, data, string(data, "item_id"))

    def _cited(self, data: Object) -> Iterator[Event]:
        told, at = _inner(data, "annotation"), _place(data)
        if at in self._open and self._places[at] is Text:
            yield Cited(self._open[at], citation(told))

    def _part_done(self, data: Object) -> Iterator[Event]:
        at = _place(data)
        if self._places.get(at) in (Text, Refusal):
            yield from self._closed(at)

    def _item_done(self, data: Object) -> Iterator[Event]:
        item, index = _inner(data, "item"), _index(data)
        at = (index, ITSELF)
        known = any(begun == index for begun, _ in self._places)
        if not known:
            yield from self._whole(item, index)
        elif item.get("type") == "reasoning":
            yield from self._proven(at, item)
        for each in [each for each in self._open if each[0] == index]:
            yield from self._closed(each)

    def _whole(self, item: Object, index: int) -> Iterator[Event]:
        """An item of which nothing was told before."""
        for number, part in enumerate(read_item(item)):
            at = (index, number)
            if isinstance(part, ToolCall):
                yield from self._begun(at, replace(part, arguments=""))
                yield Delta(self._open[at], part.arguments)
            else:
                yield from self._begun(at, part)
            yield from self._closed(at)

    def _proven(self, at: Place, item: Object) -> Iterator[Event]:
        """A signature is of the thought that was told; what is sealed is one of its own, as in whole answers."""
        for part in proofs.read(thought(item), string(item, "encrypted_content"), string(item, "id")):
            if part.signature and at in self._open:
                yield Signed(self._open[at], part.signature)
            elif part.sealed:
                yield from (*self._closed(at), *self._begun((at[0], 1), part))

    def _over(self, data: Object) -> Iterator[Event]:
        response = _inner(data, "response")
        raise_failure(response)
        self.usage = usage_from(response.get("usage"))
        if not self._places:  # a server that streams nothing but the end
            for index, item in enumerate(response.get("output") or ()):
                yield from self._whole(item if isinstance(item, Mapping) else {}, index)
        for at in list(self._open):
            yield from self._closed(at)
        self.complete = True
        yield Finished(finish(response, self._kinds), self.usage)

    def _failed(self, data: Object) -> Iterator[Event]:
        error = _inner(data, "response").get("error")
        raise failure(error if isinstance(error, Mapping) else {})

    def _error(self, data: Object) -> Iterator[Event]:
        inner = data.get("error")
        raise failure(inner if isinstance(inner, Mapping) else data)

    def _more(
        self, at: Place, kind: type[Text | Refusal | Thinking], data: Object, item_id: str = ""
    ) -> Iterator[Event]:
        if at not in self._open:
            yield from self._begun(at, Thinking(id=item_id) if kind is Thinking else kind(""))
        elif self._places[at] is not kind:
            raise BadAnswer("An item of the provider's answer changed its kind.")
        if kind is Text and data.get("logprobs") and (told := scores.read(data["logprobs"])):
            yield Scored(self._open[at], told)
        if text := _delta(data):
            yield Delta(self._open[at], text)

    def _begun(self, at: Place, part: Part) -> Iterator[Event]:
        if at in self._places:
            raise BadAnswer("The provider began an item twice, or went on with one that was over.")
        self._open[at], self._places[at] = self._next, type(part)
        self._kinds.add(type(part))
        self._next += 1
        yield PartStarted(self._next - 1, part)

    def _closed(self, at: Place) -> Iterator[Event]:
        if (index := self._open.pop(at, None)) is not None:
            yield PartEnded(index)


READERS: Mapping[str, Callable[[Parser, Object], Iterator[Event]]] = {
    "response.output_text.delta": Parser._text,
    "response.function_call_arguments.delta": Parser._arguments,
    "response.custom_tool_call_input.delta": Parser._arguments,
    "response.reasoning_summary_text.delta": Parser._thought,
    "response.reasoning_text.delta": Parser._thought,
    "response.refusal.delta": Parser._refusal,
    "response.created": Parser._created,
    "response.output_item.added": Parser._added,
    "response.output_text.annotation.added": Parser._cited,
    "response.content_part.done": Parser._part_done,
    "response.output_item.done": Parser._item_done,
    "response.completed": Parser._over,
    "response.incomplete": Parser._over,
    "response.failed": Parser._failed,
    "error": Parser._error,
}


def _object(data: bytes) -> Object:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadAnswer("An event of the provider's stream is not JSON.") from error
    if not isinstance(value, dict):
        raise BadAnswer("An event of the provider's stream is no object.")
    return value


def _inner(data: Object, name: str) -> Object:
    value = data.get(name)
    if not isinstance(value, Mapping):
        raise BadAnswer(f"One of the provider's events has no {name}.")
    return value


def _index(data: Object) -> int:
    if (index := place(data, "output_index")) is None:
        raise BadAnswer("One of the provider's events does not say which item it is about.")
    return index


def _place(data: Object) -> Place:
    return _index(data), place(data, "content_index") or 0


def _delta(data: Object) -> str:
    if not isinstance(delta := data.get("delta"), str):
        raise BadAnswer("The provider sent a delta without content.")
    return delta
