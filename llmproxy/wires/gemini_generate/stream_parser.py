"""The provider's stream: each event is an answer of its own that holds what is new."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from llmproxy.wires.canonical.answer import (
    Cited,
    Delta,
    Event,
    Finish,
    Finished,
    PartEnded,
    PartStarted,
    Scored,
    Signed,
    Started,
)
from llmproxy.wires.canonical.content import Media, Part, Score, Text, Thinking, ToolCall
from llmproxy.wires.canonical.errors import BadAnswer, ProviderFailed
from llmproxy.wires.gemini_generate import scores
from llmproxy.wires.gemini_generate.answer_reading import (
    finish,
    first_candidate,
    is_blocked,
    parts_of,
    read_part,
    string,
)
from llmproxy.wires.gemini_generate.grounding import citations, says_sources
from llmproxy.wires.json_array import BadJsonArray, JsonArraySplitter
from llmproxy.wires.sse import EventSplitter, EventTooLong, data_of
from llmproxy.wires.taps.gemini import usage_from
from llmproxy.wires.usage import Usage

Object = Mapping[str, Any]


class Parser:
    """One per stream, fed synchronously. It may come as server-sent events or as one JSON array.

    Attributes:
        usage: what the provider reported last; it counts up.
        complete: a candidate said why it ended, or the prompt was blocked; ending without this is a failure.
    """

    __slots__ = (
        "_called", "_ends", "_id", "_next", "_open", "_place", "_scores", "_splitter", "_started", "_text",
        "complete", "usage",
    )  # fmt: skip

    def __init__(self) -> None:
        self._splitter: EventSplitter | JsonArraySplitter | None = None
        self._started = self._called = False
        self._id = ""
        self._place = self._next = 0
        self._open: type[Part] | None = None  # of the part with the index before `_next`
        self._text: list[str] = []  # of the open part
        self._ends: Finish | None = None
        self._scores: tuple[Score, ...] = ()
        self.usage: Usage | None = None
        self.complete = False

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes.

        Raises:
            BadAnswer: it is no stream of generateContent's.
            ProviderFailed: it ends with an error, or the model's output was malformed.
        """
        return [event for data in self._split(chunk) for event in self._events(_object(data))]

    def close(self) -> list[Event]:
        """The end. A last event without its blank line counts."""
        rest = self._splitter.rest.strip() if isinstance(self._splitter, EventSplitter) else b""
        events = self.feed(b"\n\n") if rest else []
        if self._ends is not None:
            events += [*self._closed(), Finished(self._ends, self.usage)]
            self._ends = None
        return events

    def _split(self, chunk: bytes) -> list[bytes]:
        if self._splitter is None:
            if not (begun := chunk.lstrip()):
                return []
            self._splitter = JsonArraySplitter() if begun[:1] == b"[" else EventSplitter()
        try:
            if isinstance(self._splitter, JsonArraySplitter):
                return self._splitter.feed(chunk)
            return [data for event in self._splitter.feed(chunk) if (data := data_of(event).strip())]
        except (BadJsonArray, EventTooLong) as error:
            raise BadAnswer(str(error) or "An event of the provider's stream is too long.") from error

    def _events(self, data: Object) -> Iterator[Event]:
        if isinstance(error := data.get("error"), Mapping):
            status = error.get("code")
            status = status if isinstance(status, int) and 400 <= status < 600 else 502
            raise ProviderFailed(string(error, "message"), status, string(error, "status"))
        if (usage := usage_from(data.get("usageMetadata"))) is not None:
            self.usage = usage
        if not self._started:
            self._started, self._id = True, string(data, "responseId")
            yield Started(self._id, string(data, "modelVersion"))
        candidate = first_candidate(data)
        if candidate is not None:
            yield from self._candidate(candidate)
        elif is_blocked(data):
            self.complete, self._ends = True, Finish.FILTERED

    def _candidate(self, candidate: Object) -> Iterator[Event]:
        if "logprobsResult" in candidate:
            self._scores += scores.read(candidate)
        for each in parts_of(candidate):
            part = read_part(each, self._id, self._place)
            self._place += 1
            if part is not None:
                yield from self._part(part)
        if self._open is Text and says_sources(candidate):
            yield from (Cited(self._next - 1, each) for each in citations(candidate, "".join(self._text)))
        if candidate.get("finishReason"):
            self.complete, self._ends = True, finish(candidate, called=self._called)

    def _part(self, part: Part) -> Iterator[Event]:
        if isinstance(part, Text):
            yield from self._more(Text(""), part.text, part.signature)
        elif isinstance(part, Thinking):
            yield from self._more(Thinking(), part.text, part.signature)
        elif isinstance(part, ToolCall):
            self._called = True
            yield from self._begun(ToolCall(part.id, part.name, signature=part.signature))
            yield Delta(self._next - 1, part.arguments)
            yield from self._closed()
        elif isinstance(part, Media):
            yield from (*self._begun(part), *self._closed())

    def _more(self, beginning: Part, text: str, signature: str) -> Iterator[Event]:
        """Texts of one kind that follow each other are one part."""
        if self._open is not type(beginning):
            yield from self._begun(beginning)
        if text:
            self._text.append(text)
            if self._scores and self._open is Text:
                yield from self._scored()
            yield Delta(self._next - 1, text)
        if signature:
            yield Signed(self._next - 1, signature)

    def _begun(self, part: Part) -> Iterator[Event]:
        yield from self._closed()
        self._open, self._text = type(part), []
        self._next += 1
        yield PartStarted(self._next - 1, part)

    def _closed(self) -> Iterator[Event]:
        if self._open is not None:
            if self._scores and self._open is Text:
                yield from self._scored()
            self._open = None
            yield PartEnded(self._next - 1)

    def _scored(self) -> Iterator[Event]:
        """What was told of the tokens that come now, or that were the last."""
        told, self._scores = self._scores, ()
        yield Scored(self._next - 1, told)


def _object(data: bytes) -> Object:
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadAnswer("An event of the provider's stream is not JSON.") from error
    if not isinstance(value, dict):
        raise BadAnswer("An event of the provider's stream is no object.")
    return value
