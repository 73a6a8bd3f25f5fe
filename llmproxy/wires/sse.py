"""Server-sent events, split at event boundaries without touching their bytes.

Source: WHATWG HTML, "Server-sent events": an event ends at a blank line; lines end with LF, CRLF or CR.
"""

import re

END_OF_EVENT = re.compile(rb"\r\n\r\n|\n\n|\r\r")
DATA_LINE = re.compile(rb"^data:[ ]?(.*?)\r?$", re.MULTILINE)
KEEP_ALIVE = b": keep-alive\n\n"


class EventTooLong(ValueError):
    """An event grew past the limit without ending."""


class EventSplitter:
    """Collects bytes and gives back whole events, each with its terminator, in order.

    Args:
        limit: the longest event in bytes.
    """

    __slots__ = ("_limit", "_rest", "_scanned")

    def __init__(self, limit: int = 8 * 1024 * 1024) -> None:
        self._rest = bytearray()
        self._scanned = 0  # bytes of it that no event ends in
        self._limit = limit

    @property
    def is_empty(self) -> bool:
        """Nothing waits for its end."""
        return not self._rest

    @property
    def rest(self) -> bytes:
        """What has arrived of an event that has not ended."""
        return bytes(self._rest)

    def feed(self, chunk: bytes) -> list[bytes]:
        """The events that `chunk` completes.

        Raises:
            EventTooLong: the unfinished event is over the limit.
        """
        if not self._rest and chunk.endswith(b"\n\n") and chunk.count(b"\n\n") == 1 and b"\r" not in chunk:
            return [chunk]  # one whole event, which is nearly always so
        data = self._rest
        data += chunk
        events, start = [], 0
        for match in END_OF_EVENT.finditer(data, self._scanned):
            events.append(bytes(data[start : match.end()]))
            start = match.end()
        del data[:start]
        # A terminator may be under way: it is at most four bytes long.
        self._scanned = max(0, len(data) - 3)
        if len(data) > self._limit:
            raise EventTooLong
        return events


def is_one_line(chunk: bytes) -> bool:
    """Whether it is one whole event that is one line of data, `data: …` and the blank line."""
    return chunk[:6] == b"data: " and chunk[-2:] == b"\n\n" and chunk.count(b"\n") == 2 and b"\r" not in chunk


def data_of(event: bytes) -> bytes:
    """The event's data lines, joined as the standard says."""
    # Nearly always it is one line, behind the event's name or not.
    start, lines = (6, 2) if event[:6] == b"data: " else (event.find(b"\ndata: ") + 7, 3)
    if event.count(b"\n") == lines and (lines == 2 or (start > 6 and event[:7] == b"event: ")):
        if event[-2:] == b"\n\n" and b"\r" not in event:
            return event[start:-2]
        if event[-4:] == b"\r\n\r\n" and event.count(b"\r") == lines:
            return event[start:-4]
    return b"\n".join(DATA_LINE.findall(event.replace(b"\r\n", b"\n")))
