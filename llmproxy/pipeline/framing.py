"""How the events of a stream are put on the line: as they are, or as the elements of one JSON array.

Inside the gateway every stream is server-sent events: taps, guardrails, the cache and what is kept see those. Only
Google's clients have a second form, which they get where they do not ask for events.
https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
"""

from typing import Protocol

from llmproxy.wires.json_array import JsonArrayWriter
from llmproxy.wires.sse import KEEP_ALIVE, EventSplitter, data_of


class Framing(Protocol):
    """One per stream. Attributes: media_type: of the answer."""

    @property
    def media_type(self) -> bytes: ...

    def framed(self, events: bytes) -> bytes:
        """What the client gets for whole events."""

    def waiting(self) -> bytes:
        """What says nothing and keeps the connection open."""

    def close(self) -> bytes:
        """What ends the answer, whether it went well or not."""


class AsEvents:
    """Server-sent events, byte for byte."""

    __slots__ = ()
    media_type = b"text/event-stream; charset=utf-8"

    def framed(self, events: bytes) -> bytes:
        """See Framing."""
        return events

    def waiting(self) -> bytes:
        """See Framing."""
        return KEEP_ALIVE

    def close(self) -> bytes:
        """See Framing."""
        return b""


class AsArray:
    """One JSON array; the data of each event is an element. An error in the middle is its last one."""

    __slots__ = ("_array",)
    media_type = b"application/json; charset=UTF-8"

    def __init__(self) -> None:
        self._array = JsonArrayWriter()

    def framed(self, events: bytes) -> bytes:
        """See Framing. Comments, and ends that other wires have, are no elements."""
        said = map(data_of, EventSplitter().feed(events))
        return b"".join([self._array.element(data) for data in said if data.lstrip().startswith(b"{")])

    def waiting(self) -> bytes:
        """See Framing."""
        return self._array.pause()

    def close(self) -> bytes:
        """See Framing."""
        return self._array.close()
