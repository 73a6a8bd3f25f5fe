"""The tap on a stream of server-sent events: whole events in order, untouched; each is parsed once, and looked into."""

from collections.abc import Mapping
from typing import ClassVar, Protocol

import orjson

from llmproxy.wires.filtered import Watch
from llmproxy.wires.sse import EventSplitter, data_of, is_one_line
from llmproxy.wires.taps.reading import NotJson, parsed
from llmproxy.wires.usage import Usage

DONE = b"[DONE]"
FIELDS = (b":", b"data", b"event", b"id", b"retry")


class ProviderError(Exception):
    """The provider ended its stream with an error event."""


class Tap(Protocol):
    """What a streamed answer goes through, one object a stream; EventTap says what its members mean."""

    watch: Watch | None

    @property
    def usage(self) -> Usage | None: ...

    @property
    def complete(self) -> bool: ...

    @property
    def chunks(self) -> int: ...

    def feed(self, chunk: bytes) -> bytes:
        """The bytes to pass on for `chunk`: always whole events."""

    def close(self) -> bytes:
        """What is left when the provider closed."""


class EventTap:
    """One per stream, fed synchronously.

    Attributes:
        usage: what the provider reported so far.
        complete: the stream said that it is over; ending without this is a failure.
        chunks: events passed on.
        watch: is shown every event, where somebody minds what they say.
        done_ends: `[DONE]` says so.
    """

    __slots__ = ("_splitter", "chunks", "complete", "usage", "watch")
    done_ends: ClassVar[bool] = False

    def __init__(self) -> None:
        self._splitter = EventSplitter()
        self.usage: Usage | None = None
        self.complete = False
        self.chunks = 0
        self.watch: Watch | None = None

    def feed(self, chunk: bytes) -> bytes:
        """The bytes to pass on for `chunk`: always whole events.

        Raises:
            ProviderError: an event of the stream says that it failed.
            NotJson: the data of an event is no JSON object.
            EventTooLong: see EventSplitter.
        """
        if self._splitter.is_empty and is_one_line(chunk):  # which is nearly always so
            return self._passed(chunk, chunk[6:-2])
        events = self._splitter.feed(chunk)
        if len(events) == 1:
            return self._passed(events[0], data_of(events[0]))
        return b"".join([self._passed(event, data_of(event)) for event in events])

    def close(self) -> bytes:
        """What is left when the provider closed: a last event without its blank line is completed.

        One that ends in the middle of its data was cut, whatever came before it.
        """
        rest = self._splitter.rest.strip() + b"\n\n"
        try:
            return self._passed(rest, data) if (data := data_of(rest)) else b""
        except NotJson:
            self.complete = False
            return b""

    def _passed(self, event: bytes, data: bytes) -> bytes:
        self.chunks += 1
        try:
            said = orjson.loads(data)
        except orjson.JSONDecodeError:
            if data.startswith(DONE):
                self.complete = self.complete or self.done_ends
                return event
            if not data.strip() and _says_nothing(event):
                return event
            said = parsed(data)
        if type(said) is not dict:
            raise NotJson("An event of the provider's stream was no JSON object.")
        if self.watch is not None:
            self.watch.see(said)
        return event if self._look_into(said) else b""

    def _look_into(self, data: Mapping[str, object]) -> bool:
        """Note what an event says; whether it goes on to the client. Raises ProviderError."""
        raise NotImplementedError


def _says_nothing(event: bytes) -> bool:
    """Whether it is a comment, or a time to wait: a page of HTML with empty lines in it is none."""
    return all(not line or line.startswith(FIELDS) for line in event.splitlines())
