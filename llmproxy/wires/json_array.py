"""A stream that is one JSON array, split into its elements as they arrive, and written element by element.

Gemini answers in this form where a client does not ask for server-sent events.
Source of the grammar: RFC 8259.
"""

import re

TOKEN = re.compile(rb'["{}\[\]]')
STRING_TOKEN = re.compile(rb'["\\]')
BETWEEN = re.compile(rb"[ \t\r\n,]*")
BEFORE = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*")
QUOTE, BACKSLASH, OPENING = b'"'[0], b"\\"[0], frozenset(b"{[")
DEEPEST = 200


class BadJsonArray(ValueError):
    """The bytes are no array of objects, or an element is over its bounds. `str()` is a plain sentence."""


class JsonArraySplitter:
    """Collects bytes and gives back whole elements, each an object's bytes. Every byte is looked at once.

    Args:
        limit: the longest element in bytes.
    """

    __slots__ = ("_buffer", "_depth", "_limit", "_scanned", "_skip", "_started", "_within_string", "ended")

    def __init__(self, limit: int = 8 * 1024 * 1024) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._depth = 0
        self._within_string = False
        self._skip = False  # the byte behind a backslash, not arrived yet
        self._started = False
        self._limit = limit
        self.ended = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The elements that `chunk` completes.

        Raises:
            BadJsonArray: see there.
        """
        self._buffer += chunk
        elements: list[bytes] = []
        while (end := self._end_of_element()) is not None:
            elements.append(bytes(self._buffer[:end]))
            self._drop(end)
        if len(self._buffer) > self._limit:
            raise BadJsonArray("An element of the array is too long.")
        return elements

    def _drop(self, count: int) -> None:
        del self._buffer[:count]
        self._scanned = 0

    def _end_of_element(self) -> int | None:
        """Where the element under way ends; None while it does not."""
        if self._depth == 0 and not self._at_element():
            return None
        while (token := self._next_token()) is not None:
            self._depth += 1 if token in OPENING else -1
            if self._depth == 0:
                return self._scanned
            if self._depth > DEEPEST:
                raise BadJsonArray("An element of the array is nested too deeply.")
        return None

    def _at_element(self) -> bool:
        """Skip what stands between elements; whether an element begins."""
        between = (BETWEEN if self._started else BEFORE).match(self._buffer)
        self._drop(between.end() if between else 0)
        if not self._buffer:
            return False
        if not self._started:
            return self._past(b"[", "The stream does not begin an array.")
        if self._buffer[0] == b"]"[0] and not self.ended:
            self.ended = True
            return self._past(b"]", "")
        if self._buffer[0] != b"{"[0] or self.ended:
            raise BadJsonArray("The array holds something else than objects, or goes on behind its end.")
        return True

    def _past(self, bracket: bytes, otherwise: str) -> bool:
        """Step over a bracket of the array's own."""
        if self._buffer[:1] != bracket:
            raise BadJsonArray(otherwise)
        self._started = True
        self._drop(1)
        return self._at_element()

    def _next_token(self) -> int | None:
        """The next bracket that stands outside of a string; None where none has arrived."""
        while self._scanned < len(self._buffer):
            if self._skip:
                self._skip = False
                self._scanned += 1
                continue
            found = (STRING_TOKEN if self._within_string else TOKEN).search(self._buffer, self._scanned)
            if found is None:
                self._scanned = len(self._buffer)
                return None
            self._scanned = found.end()
            token = found[0][0]
            if token == BACKSLASH:
                self._skip = True
            elif token == QUOTE:
                self._within_string = not self._within_string
            else:
                return token
        return None


class JsonArrayWriter:
    """Writes elements one by one as one array."""

    __slots__ = ("_empty", "_opened")

    def __init__(self) -> None:
        self._opened = False
        self._empty = True

    def element(self, raw: bytes) -> bytes:
        """`raw` as the next element."""
        separator, self._empty = b"" if self._empty else b",\r\n", False
        return self._opening() + separator + raw

    def pause(self) -> bytes:
        """White space. Never the first byte: there are readers that want the bracket there."""
        return self._opening() + b"\r\n"

    def close(self) -> bytes:
        """The end of the array."""
        return self._opening() + b"]"

    def _opening(self) -> bytes:
        opening, self._opened = b"" if self._opened else b"[", True
        return opening
