"""AWS event-stream framing: messages of binary headers and a payload, each guarded by two checksums.

https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html and
https://smithy.io/2.0/aws/amazon-eventstream.html: lengths are big-endian; checksums are CRC-32 as in gzip.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from zlib import crc32

CONTENT_TYPE = "application/vnd.amazon.eventstream"
PRELUDE, CHECKSUM = struct.Struct(">III"), struct.Struct(">I")
FRAME = PRELUDE.size + CHECKSUM.size
# The format's own bounds: 128 KiB of headers, 24 MiB of payload.
MOST_HEADER_BYTES, MOST_PAYLOAD_BYTES = 128 * 1024, 24 * 1024 * 1024
LENGTH = struct.Struct(">H")
STRING, LONGEST_NAME, LONGEST_VALUE = 7, 255, 32_767
JSON = {":content-type": "application/json"}
Value = bool | int | bytes | str


class BadEventStream(ValueError):
    """The bytes are no event stream, or were damaged on their way. `str()` is a plain sentence."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        headers: by name; a timestamp is milliseconds since 1970, a UUID its 16 bytes.
    """

    headers: Mapping[str, Value] = field(default_factory=dict)
    payload: bytes = b""

    @property
    def is_event(self) -> bool:
        """False for what ends the stream with a failure: an exception of the service or an error of its transport."""
        return self.headers.get(":message-type", "event") == "event"

    @property
    def name(self) -> str:
        """The kind of the event, of the exception, or the code of the error; empty where nothing says it."""
        for header in (":event-type", ":exception-type", ":error-code"):
            if isinstance(found := self.headers.get(header), str):
                return found
        return ""


class EventStreamReader:
    """Collects bytes and gives back whole messages. One per stream, fed synchronously.

    Args:
        limit: the most bytes of one payload.
    """

    __slots__ = ("_buffer", "_expected", "_limit")

    def __init__(self, limit: int = MOST_PAYLOAD_BYTES) -> None:
        self._buffer = bytearray()
        self._expected = 0  # the length of the message under way; 0 while its prelude is not whole
        self._limit = limit

    @property
    def is_between_messages(self) -> bool:
        """Whether a stream that ends here ends properly."""
        return not self._buffer

    def feed(self, chunk: bytes) -> list[Message]:
        """The messages that `chunk` completes.

        Raises:
            BadEventStream: a checksum does not fit, a length is impossible or over its bound, a header is malformed.
        """
        self._buffer += chunk
        messages: list[Message] = []
        at = 0
        while (end := self._end_of_message(at)) is not None:
            messages.append(_message(bytes(self._buffer[at:end])))
            at, self._expected = end, 0
        del self._buffer[:at]
        return messages

    def _end_of_message(self, at: int) -> int | None:
        """Where the message at `at` ends; None while it is not whole."""
        here = len(self._buffer) - at
        if not self._expected and here >= PRELUDE.size:
            self._expected = self._length_at(at)
        return at + self._expected if self._expected and here >= self._expected else None

    def _length_at(self, at: int) -> int:
        total, headers, checksum = PRELUDE.unpack_from(self._buffer, at)
        if crc32(self._buffer[at : at + 8]) != checksum:
            raise BadEventStream("The checksum of a message's prelude does not fit.")
        if headers > MOST_HEADER_BYTES or not headers <= total - FRAME <= headers + self._limit:
            raise BadEventStream("A message's lengths are impossible or over their bounds.")
        return int(total)


def _message(raw: bytes) -> Message:
    """The message that is all of `raw`, whose prelude was checked."""
    (checksum,) = CHECKSUM.unpack_from(raw, len(raw) - CHECKSUM.size)
    if crc32(raw[: -CHECKSUM.size]) != checksum:
        raise BadEventStream("The checksum of a message does not fit.")
    start = PRELUDE.size + PRELUDE.unpack_from(raw)[1]
    return Message(_headers(raw[PRELUDE.size : start]), raw[start : -CHECKSUM.size])


def _headers(raw: bytes) -> dict[str, Value]:
    headers: dict[str, Value] = {}
    at = 0
    try:
        while at < len(raw):
            name_end = at + 1 + raw[at]
            name = raw[at + 1 : name_end].decode()
            if name in headers or not name:
                raise BadEventStream("A message has a header twice, or one without a name.")
            headers[name], at = READERS[raw[name_end]](raw, name_end + 1)
    except (IndexError, KeyError, struct.error, UnicodeDecodeError) as error:
        raise BadEventStream("A message's headers are malformed.") from error
    return headers


Reader = Callable[[bytes, int], tuple[Value, int]]


def _always(value: bool) -> Reader:
    return lambda raw, at: (value, at)


def _number(form: str) -> Reader:
    packed = struct.Struct(form)
    return lambda raw, at: (packed.unpack_from(raw, at)[0], at + packed.size)


def _exactly(raw: bytes, start: int, end: int) -> bytes:
    if end > len(raw):
        raise IndexError(end)
    return raw[start:end]


def _bytes(raw: bytes, at: int) -> tuple[bytes, int]:
    start = at + LENGTH.size
    end = start + LENGTH.unpack_from(raw, at)[0]
    return _exactly(raw, start, end), end


def _string(raw: bytes, at: int) -> tuple[str, int]:
    value, end = _bytes(raw, at)
    return value.decode(), end


def _uuid(raw: bytes, at: int) -> tuple[bytes, int]:
    return _exactly(raw, at, at + 16), at + 16


READERS: Mapping[int, Reader] = {
    0: _always(True),
    1: _always(False),
    2: _number(">b"),
    3: _number(">h"),
    4: _number(">i"),
    5: _number(">q"),
    6: _bytes,
    STRING: _string,
    8: _number(">q"),
    9: _uuid,
}


def written(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message with string headers, the only ones that the services' streams use.

    Raises:
        BadEventStream: a header or the payload is over the format's bounds.
    """
    packed = b"".join(_written_header(name, value) for name, value in headers.items())
    if len(packed) > MOST_HEADER_BYTES or len(payload) > MOST_PAYLOAD_BYTES:
        raise BadEventStream("A message is over the bounds of an event stream.")
    lengths = struct.pack(">II", FRAME + len(packed) + len(payload), len(packed))
    body = lengths + CHECKSUM.pack(crc32(lengths)) + packed + payload
    return body + CHECKSUM.pack(crc32(body))


def _written_header(name: str, value: str) -> bytes:
    raw_name, raw_value = name.encode(), value.encode()
    if not 0 < len(raw_name) <= LONGEST_NAME or len(raw_value) > LONGEST_VALUE:
        raise BadEventStream(f"The header {name[:40]!r} is over the bounds of an event stream.")
    return bytes([len(raw_name)]) + raw_name + bytes([STRING]) + LENGTH.pack(len(raw_value)) + raw_value


def event(kind: str, payload: bytes) -> bytes:
    """One event of a service whose payloads are JSON."""
    return written({":event-type": kind, **JSON, ":message-type": "event"}, payload)


def exception(kind: str, payload: bytes) -> bytes:
    """What a service sends when it fails in the midst of a stream."""
    return written({":exception-type": kind, **JSON, ":message-type": "exception"}, payload)
