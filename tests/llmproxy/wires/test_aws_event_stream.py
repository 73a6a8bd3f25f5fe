"""Against botocore's own parser as the foreign implementation, in both directions."""

import struct
from collections.abc import Callable
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from llmproxy.wires.aws_event_stream import (
    MOST_HEADER_BYTES,
    BadEventStream,
    EventStreamReader,
    Message,
    event,
    exception,
    written,
)

NAMES = st.text(min_size=1, max_size=40)
MESSAGES = st.tuples(st.dictionaries(NAMES, st.text(max_size=200), max_size=5), st.binary(max_size=2000))


def framed(headers: bytes, payload: bytes, *, total: int | None = None, headers_length: int | None = None) -> bytes:
    """A message whose checksums fit, whatever its lengths and headers say."""
    lengths = struct.pack(
        ">II",
        16 + len(headers) + len(payload) if total is None else total,
        len(headers) if headers_length is None else headers_length,
    )
    body = lengths + struct.pack(">I", crc32(lengths)) + headers + payload
    return body + struct.pack(">I", crc32(body))


def read_by_botocore(raw: bytes) -> list[tuple[dict[str, object], bytes]]:
    buffer = EventStreamBuffer()
    buffer.add_data(raw)
    return [(message.headers, message.payload) for message in buffer]


def read(pieces: list[bytes]) -> list[tuple[dict[str, object], bytes]]:
    reader = EventStreamReader()
    found = [message for piece in pieces for message in reader.feed(piece)]
    assert reader.is_between_messages
    return [(dict(message.headers), message.payload) for message in found]


@given(st.lists(MESSAGES, max_size=4))
def test_what_we_write_botocore_reads(messages: list[tuple[dict[str, str], bytes]]) -> None:
    raw = b"".join(written(headers, payload) for headers, payload in messages)
    assert read_by_botocore(raw) == messages


@given(st.lists(MESSAGES, max_size=4), st.integers(1, 50))
def test_pieces_of_any_size_give_the_same_messages(messages: list[tuple[dict[str, str], bytes]], size: int) -> None:
    raw = b"".join(written(headers, payload) for headers, payload in messages)
    assert read([raw[at : at + size] for at in range(0, len(raw), size)]) == messages


@given(st.binary(max_size=300), st.binary(max_size=100))
def test_any_headers_are_read_as_botocore_reads_them_or_refused(headers: bytes, payload: bytes) -> None:
    raw = framed(headers, payload)
    try:
        ours = read([raw])
    except BadEventStream:
        return
    assert read_by_botocore(raw) == ours


EVERY_TYPE = (
    b"\x01a\x00" b"\x01b\x01" b"\x01c\x02\xff" b"\x01d\x03\xff\xfe" b"\x01e\x04\x00\x00\x00\x05"
    b"\x01f\x05\x00\x00\x00\x00\x00\x00\x00\x06" b"\x01g\x06\x00\x02xy" b"\x01h\x07\x00\x03\xe2\x82\xac"
    b"\x01i\x08\x00\x00\x01\x00\x00\x00\x00\x00" b"\x01j\x09" + bytes(range(16))
)  # fmt: skip


def test_every_type_of_header_is_read() -> None:
    raw = framed(EVERY_TYPE, b"p")
    expected = {
        "a": True, "b": False, "c": -1, "d": -2, "e": 5, "f": 6, "g": b"xy", "h": "€", "i": 2**40,
        "j": bytes(range(16)),
    }  # fmt: skip
    assert read([bytes([byte]) for byte in raw]) == [(expected, b"p")] == read_by_botocore(raw)


@given(st.integers(0, len(EVERY_TYPE) - 1))
def test_headers_cut_anywhere_are_refused_or_whole(end: int) -> None:
    raw = framed(EVERY_TYPE[:end], b"")
    try:
        read([raw])
    except BadEventStream:
        return
    assert len(read_by_botocore(raw)) == 1


@given(MESSAGES, st.data())
def test_a_flipped_bit_is_noticed(message: tuple[dict[str, str], bytes], data: st.DataObject) -> None:
    raw = bytearray(written(*message))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BadEventStream):
        EventStreamReader().feed(bytes(raw))


@given(MESSAGES, st.data())
def test_a_message_cut_short_is_not_given(message: tuple[dict[str, str], bytes], data: st.DataObject) -> None:
    raw = written(*message)
    reader = EventStreamReader()
    assert reader.feed(raw[: data.draw(st.integers(1, len(raw) - 1))]) == []
    assert not reader.is_between_messages


@given(st.binary(max_size=400))
def test_garbage_is_refused_or_waited_for(raw: bytes) -> None:
    try:
        assert EventStreamReader().feed(raw) == []
    except BadEventStream:
        return
    assert len(raw) < 12


@pytest.mark.parametrize(
    "raw",
    [
        framed(b"", b"", total=0),
        framed(b"", b"", total=15),
        framed(b"", b"", total=0xFFFFFFFF),
        framed(b"", b"", headers_length=1),
        framed(b"", b"", total=2**20, headers_length=MOST_HEADER_BYTES + 1),
        framed(b"\x00\x00", b""),
        framed(b"\x01a\x00\x01a\x00", b""),
        framed(b"\x01a\x0a", b""),
        framed(b"\x01\xff\x00", b""),
        framed(b"\x01a\x07\x00\x01\xff", b""),
    ],
)
def test_impossible_messages_are_refused_at_once(raw: bytes) -> None:
    with pytest.raises(BadEventStream):
        EventStreamReader().feed(raw)


def test_a_payload_over_the_limit_is_refused_before_it_arrives() -> None:
    raw = written({}, b"x" * 101)
    with pytest.raises(BadEventStream):
        EventStreamReader(limit=100).feed(raw[:12])
    assert EventStreamReader(limit=101).feed(raw) == [Message({}, b"x" * 101)]


@pytest.mark.parametrize(
    "write",
    [
        lambda: written({"n" * 256: "v"}, b""),
        lambda: written({"": "v"}, b""),
        lambda: written({"n": "v" * 32_768}, b""),
        lambda: written({str(n): "v" * 30_000 for n in range(5)}, b""),
    ],
)
def test_nothing_over_the_bounds_is_written(write: Callable[[], bytes]) -> None:
    with pytest.raises(BadEventStream):
        write()


def test_events_and_exceptions_say_what_they_are() -> None:
    told, failed = EventStreamReader().feed(event("messageStart", b"{}") + exception("throttlingException", b"{}"))
    assert (told.is_event, told.name, failed.is_event, failed.name) == (
        True, "messageStart", False, "throttlingException",
    )  # fmt: skip
    (error,) = EventStreamReader().feed(written({":message-type": "error", ":error-code": "500"}, b""))
    assert (error.is_event, error.name, Message().is_event, Message().name) == (False, "500", True, "")
