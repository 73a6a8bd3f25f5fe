"""The provider's stream: chunks of one choice, `[DONE]` at the end."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from llmproxy.wires import data_urls
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
from llmproxy.wires.canonical.content import Part, Refusal, Score, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer
from llmproxy.wires.openai_chat import custom_tools, reasoning
from llmproxy.wires.openai_chat.answer_reading import (
    begun,
    citations,
    content,
    finish,
    first_choice,
    listed,
    raise_failure,
    scores_of,
    string,
)
from llmproxy.wires.openai_chat.passthrough import usage_from
from llmproxy.wires.sse import EventSplitter, EventTooLong, data_of
from llmproxy.wires.usage import Usage

Object = Mapping[str, Any]
DONE = b"[DONE]"


class Parser:
    """One per stream, fed synchronously.

    Attributes:
        usage: what the provider reported.
        complete: the choice said why it ended, or the stream that it is done; ending without either is a failure.
    """

    __slots__ = (
        "_call",
        "_done",
        "_ends",
        "_kinds",
        "_next",
        "_open",
        "_plainly",
        "_scores",
        "_splitter",
        "_started",
        "complete",
        "usage",
    )

    def __init__(self) -> None:
        self._splitter = EventSplitter()
        self._started = self._done = False
        self._next = 0
        self._open: type[Part] | None = None  # of the part with the index before `_next`
        self._plainly = False  # its text came under the plain name
        self._call: tuple[object, str] = (None, "")  # the provider's index and id of the open call
        self._kinds: set[type[Part]] = set()
        self._scores: tuple[Score, ...] = ()
        self._ends: object = None
        self.usage: Usage | None = None
        self.complete = False

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes.

        Raises:
            BadAnswer: it is no stream of this wire.
            ProviderFailed: it ends with an error.
        """
        try:
            return [event for each in self._splitter.feed(chunk) for event in self._events(data_of(each).strip())]
        except EventTooLong as error:
            raise BadAnswer("An event of the provider's stream is too long.") from error

    def close(self) -> list[Event]:
        """The end. A last event without its blank line counts."""
        events = self.feed(b"\n\n") if self._splitter.rest.strip() else []
        return [*events, *self._finished()] if self.complete else events

    def _events(self, data: bytes) -> Iterator[Event]:
        if not data or self._done:
            return
        if data == DONE:
            self.complete = True
            yield from self._finished()
            return
        chunk = _object(data)
        if "error" in chunk:
            raise_failure(chunk)
        if not self._started:
            self._started = True
            yield Started(string(chunk, "id"), string(chunk, "model"))
        if (usage := usage_from(chunk.get("usage"))) is not None:
            self.usage = usage
        if (choice := first_choice(chunk)) is not None:
            yield from self._choice(choice)

    def _choice(self, choice: Object) -> Iterator[Event]:
        delta = choice.get("delta")
        if choice.get("logprobs") is not None:
            self._scores += scores_of(choice) or scores_of(choice, "refusal")
        if isinstance(delta, Mapping):
            yield from self._delta(delta)
        if choice.get("finish_reason"):
            self.complete, self._ends = True, choice["finish_reason"]

    def _delta(self, delta: Object) -> Iterator[Event]:
        for name, value in delta.items():
            if name == "reasoning" and delta.get("reasoning_content"):
                continue  # some servers say it under both names
            if value and (read := READERS.get(name)) is not None:
                yield from read(self, value)

    def _said(self, content_: object) -> Iterator[Event]:
        if isinstance(content_, str):
            yield from self._more(Text, content_)
            return
        for part in content(content_):
            if isinstance(part, Text | Refusal | Thinking):
                yield from self._more(type(part), part.text)

    def _refused(self, refusal: object) -> Iterator[Event]:
        if isinstance(refusal, str):
            yield from self._more(Refusal, refusal)

    def _thought(self, said: object) -> Iterator[Event]:
        if isinstance(said, str):
            yield from self._more(Thinking, said)
            self._plainly = True

    def _thoughts(self, details: object) -> Iterator[Event]:
        """Their text counts only where it is not told under the other name as well."""
        for thought in reasoning.read({"reasoning_details": details}):
            if thought.sealed:
                yield from (*self._begun(thought), *self._closed())
                continue
            if thought.text and not (self._plainly and self._open is Thinking):
                yield from self._more(Thinking, thought.text)
            if thought.signature:
                yield from self._begun(Thinking()) if self._open is not Thinking else ()
                yield Signed(self._next - 1, thought.signature)

    def _cited(self, annotations: object) -> Iterator[Event]:
        if self._open is Text:
            yield from (Cited(self._next - 1, each) for each in citations(annotations))

    def _shown(self, images: object) -> Iterator[Event]:
        for each in listed(images):
            image = each.get("image_url")
            media = data_urls.media("image", string(image, "url") if isinstance(image, Mapping) else "")
            yield from (*self._begun(media), *self._closed())

    def _calls(self, calls: object) -> Iterator[Event]:
        for call in listed(calls):
            yield from self._called(call)

    def _called(self, call: Object) -> Iterator[Event]:
        """A piece of a call: it begins one where its place or its id is new."""
        said = call.get("function") or call.get(custom_tools.KIND)
        said = said if isinstance(said, Mapping) else {}
        place, call_id, name = call.get("index"), string(call, "id"), string(said, "name")
        if self._open is not ToolCall or self._is_another(place, call_id, name):
            self._call = (place, call_id)
            yield from self._begun(replace(begun(call), arguments=""))
        if piece := string(said, "arguments") or string(said, "input"):
            yield Delta(self._next - 1, piece)

    def _is_another(self, place: object, call_id: str, name: str) -> bool:
        open_place, open_id = self._call
        return place != open_place or bool(name and call_id and call_id != open_id)

    def _more(self, kind: type[Text | Refusal | Thinking], text: str) -> Iterator[Event]:
        """Pieces of one kind that follow each other are one part."""
        if not text:
            return
        if self._open is not kind:
            yield from self._begun(kind(""))
        if self._scores and kind is not Thinking:
            yield from self._scored()
        yield Delta(self._next - 1, text)

    def _scored(self) -> Iterator[Event]:
        """What was told of the tokens that come now, or that were the last."""
        told, self._scores = self._scores, ()
        yield Scored(self._next - 1, told)

    def _begun(self, part: Part) -> Iterator[Event]:
        yield from self._closed()
        self._open, self._plainly = type(part), False
        self._kinds.add(type(part))
        self._next += 1
        yield PartStarted(self._next - 1, part)

    def _closed(self) -> Iterator[Event]:
        if self._open is not None:
            if self._scores and self._open in (Text, Refusal):
                yield from self._scored()
            self._open = None
            yield PartEnded(self._next - 1)

    def _finished(self) -> Iterator[Event]:
        if not self._done:
            self._done = True
            yield from self._closed()
            yield Finished(finish(self._ends, self._kinds), self.usage)


READERS: Mapping[str, Callable[[Parser, object], Iterator[Event]]] = {
    "content": Parser._said,
    "reasoning_content": Parser._thought,
    "reasoning": Parser._thought,
    "reasoning_details": Parser._thoughts,
    "refusal": Parser._refused,
    "annotations": Parser._cited,
    "images": Parser._shown,
    "tool_calls": Parser._calls,
}


def _object(data: bytes) -> Object:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadAnswer("An event of the provider's stream is not JSON.") from error
    if not isinstance(value, dict):
        raise BadAnswer("An event of the provider's stream is no object.")
    return value
