"""The bytes of a segment: header, frames, trailer (AUDIT 3.5)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID
from zlib import crc32

import orjson

MAGIC = b"GHAS1\n"
LENGTH = struct.Struct(">I")
FRAME = struct.Struct(">IIQ")  # length, CRC-32 of the payload, sequence number
TRAILER_BIT = 0x80000000  # in the length: this frame closes the segment
LONGEST_PAYLOAD = 64 * 1024
LONGEST_FRAME = FRAME.size + LONGEST_PAYLOAD
FRAMES_AT_ONCE = 256
_unpacked = FRAME.unpack_from


@dataclass(frozen=True, slots=True)
class Header:
    """Who wrote a segment, from which sequence number on. `created_us` is microseconds since 1970."""

    writer: str
    node: str
    boot_id: str
    pid: int
    n: int
    first_seq: int
    created_us: int

    def packed(self) -> bytes:
        """The header's bytes."""
        members = {name: getattr(self, name) for name in self.__slots__}
        payload = orjson.dumps(members, option=orjson.OPT_SORT_KEYS)
        return MAGIC + LENGTH.pack(len(payload)) + LENGTH.pack(crc32(payload)) + payload


class NotASegment(ValueError):
    """A file in the spool that no writer of ours made, or whose header is damaged."""


class Frame(NamedTuple):
    """One record. `end` is the offset after it."""

    seq: int
    payload: bytes
    end: int


def packed_frame(seq: int, payload: bytes) -> bytes:
    """The bytes of one frame."""
    return FRAME.pack(len(payload), crc32(payload), seq) + payload


def packed_trailer(count: int, last_seq: int, digest: bytes) -> bytes:
    """The bytes that close a segment: how many frames, the last number, SHA-256 over them."""
    payload = orjson.dumps({"count": count, "last_seq": last_seq, "sha256": digest.hex()}, option=orjson.OPT_SORT_KEYS)
    return FRAME.pack(TRAILER_BIT | len(payload), crc32(payload), last_seq) + payload


def header_of(data: bytes) -> tuple[Header, int]:
    """The header and the offset of the first frame. Raises NotASegment."""
    start = len(MAGIC) + 2 * LENGTH.size
    if not data.startswith(MAGIC) or len(data) < start:
        raise NotASegment
    (length,) = LENGTH.unpack_from(data, len(MAGIC))
    (crc,) = LENGTH.unpack_from(data, len(MAGIC) + LENGTH.size)
    payload = data[start : start + length]
    if length > LONGEST_PAYLOAD or len(payload) != length or crc32(payload) != crc:
        raise NotASegment
    return _checked(Header(**orjson.loads(payload))), start + length


def _checked(header: Header) -> Header:
    """A header that a foreign hand made must not stop the log. Raises NotASegment, ValueError."""
    UUID(header.writer)
    sizes = ((header.pid, 31), (header.n, 31), (header.first_seq, 63), (header.created_us, 53))
    sound = all(type(number) is int and 0 <= number < 1 << bits for number, bits in sizes)
    names = (header.node, header.boot_id)
    if not sound or any(not isinstance(name, str) or len(name) > 64 or "\0" in name for name in names):
        raise NotASegment
    return header


@dataclass(slots=True)
class Scan:
    """Reads frames from `offset` on.

    Attributes:
        closed: the trailer was reached.
        torn: bytes follow the last whole frame that are neither a frame nor preallocated zeros.
    """

    data: bytes
    offset: int
    closed: bool = False
    torn: bool = False

    def __iter__(self) -> Iterator[Frame]:
        while frames := self.take(FRAMES_AT_ONCE):
            yield from frames

    def take(self, most: int) -> list[Frame]:
        """The next frames, up to `most`; fewer only at the end of what can be read."""
        data, at = self.data, self.offset
        frames: list[Frame] = []
        last = len(data) - FRAME.size
        while at <= last and len(frames) < most:
            length, crc, seq = _unpacked(data, at)
            end = at + FRAME.size + (length & ~TRAILER_BIT)
            payload = data[at + FRAME.size : end]
            if length == 0 or end > len(data) or end - at > LONGEST_FRAME or crc32(payload) != crc or seq >> 63:
                self.torn = length != 0 or _holds_more(data, at)
                break
            if length & TRAILER_BIT:
                self.closed = True
                break
            frames.append(Frame(seq, payload, end))
            at = end
        else:
            self.torn = len(frames) < most and any(data[at:])
        self.offset = at
        return frames


def _holds_more(data: bytes, at: int) -> bool:
    """Whether the preallocated rest is not all zeros: a page that a power loss took away lies before what it kept."""
    return data.count(0, at) < len(data) - at
