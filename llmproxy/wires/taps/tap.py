"""The tap on a stream of server-sent events: whole events in order, untouched; subclasses look into a few of them."""

from typing import Protocol

import orjson

from llmproxy.wires.sse import EventSplitter, data_of
from llmproxy.wires.usage import Usage


class ProviderError(Exception):
    """The provider ended its stream with an error event."""


class Tap(Protocol):
    """What a streamed answer goes through, one object a stream; EventTap says what its members mean."""

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
    """

    __slots__ = ("_splitter", "chunks", "complete", "usage")

    def __init__(self) -> None:
        self._splitter = EventSplitter()
        self.usage: Usage | None = None
        self.complete = False
        self.chunks = 0

    def feed(self, chunk: bytes) -> bytes:
        """The bytes to pass on for `chunk`: always whole events.

        Raises:
            ProviderError: an event of the stream says that it failed.
            EventTooLong: see EventSplitter.
        """
        events = self._splitter.feed(chunk)
        if len(events) == 1:
            return self._passed(events[0])
        return b"".join([self._passed(event) for event in events])

    def close(self) -> bytes:
        """What is left when the provider closed: a last event without its blank line is completed."""
        rest = self._splitter.rest.strip()
        return self._passed(rest + b"\n\n") if rest and self._is_whole(rest) else b""

    def _passed(self, event: bytes) -> bytes:
        raise NotImplementedError

    def _is_whole(self, event: bytes) -> bool:
        return parsed(event) is not None


def parsed(event: bytes) -> dict[str, object] | None:
    """The event's data as an object; None where it is none."""
    try:
        value = orjson.loads(data_of(event))
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None
