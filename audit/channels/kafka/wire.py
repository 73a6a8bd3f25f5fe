"""Requests and answers of the Kafka protocol as bytes: Metadata 1, Produce 3, SaslHandshake 1, SaslAuthenticate 0."""

import struct
from collections.abc import Sequence
from typing import NamedTuple

PRODUCE, METADATA, SASL_HANDSHAKE, SASL_AUTHENTICATE = (0, 3), (3, 1), (17, 1), (36, 0)
CLIENT = "gatehouse"
ALL_REPLICAS = -1
POLYNOMIAL = 0x82F63B78  # CRC-32C (Castagnoli), reflected


class Malformed(ValueError):
    """The other side does not speak as a broker does."""


class Record(NamedTuple):
    """A message. `at_ms`: milliseconds since 1970."""

    key: bytes
    value: bytes
    at_ms: int


class Metadata(NamedTuple):
    """Brokers by id, and of one topic its error and the leader of each partition."""

    brokers: dict[int, tuple[str, int]]
    error: int
    leaders: dict[int, int]


def request(api: tuple[int, int], correlation: int, body: bytes) -> bytes:
    """A whole request with its length."""
    head = struct.pack(">hhi", *api, correlation) + text(CLIENT)
    return struct.pack(">i", len(head) + len(body)) + head + body


def metadata_request(topic: str) -> bytes:
    """Who leads the partitions of `topic`."""
    return struct.pack(">i", 1) + text(topic)


def produce_request(topic: str, partition: int, batch: bytes, timeout_ms: int) -> bytes:
    """One batch, to be written by all replicas that are in sync before the answer."""
    head = struct.pack(">hhi", -1, ALL_REPLICAS, timeout_ms)
    return head + struct.pack(">i", 1) + text(topic) + struct.pack(">iii", 1, partition, len(batch)) + batch


def text(value: str) -> bytes:
    """A string with its length."""
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def blob(value: bytes) -> bytes:
    """Bytes with their length."""
    return struct.pack(">i", len(value)) + value


def batch_of(records: Sequence[Record]) -> bytes:
    """A record batch, version 2, uncompressed."""
    first, last = records[0].at_ms, max(record.at_ms for record in records)
    body = b"".join(_record(number, record, first) for number, record in enumerate(records))
    signed = struct.pack(">hiqqqhii", 0, len(records) - 1, first, last, -1, -1, -1, len(records)) + body
    head = struct.pack(">iBI", -1, 2, crc32c(signed))
    return struct.pack(">qi", 0, len(head) + len(signed)) + head + signed


def _record(number: int, record: Record, first_ms: int) -> bytes:
    parts = (
        b"\0", _varint(record.at_ms - first_ms), _varint(number), _varint(len(record.key)), record.key,
        _varint(len(record.value)), record.value, _varint(0),
    )  # fmt: skip
    body = b"".join(parts)
    return _varint(len(body)) + body


def _varint(value: int) -> bytes:
    left, found = (value << 1) ^ (value >> 63), bytearray()
    left &= (1 << 64) - 1
    while left > 0x7F:
        found.append(left & 0x7F | 0x80)
        left >>= 7
    found.append(left)
    return bytes(found)


def _table() -> tuple[int, ...]:
    found = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (POLYNOMIAL if byte & 1 else 0)
        found.append(byte)
    return tuple(found)


TABLE = _table()


def crc32c(data: bytes) -> int:
    """The checksum of a batch."""
    crc, table = 0xFFFFFFFF, TABLE
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


class Answer:
    """Reads an answer from its beginning. Every method raises Malformed."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, kind: str) -> int:
        """`kind` as in struct: h, i, q, b."""
        try:
            (found,) = struct.unpack_from(f">{kind}", self._data, self._at)
        except struct.error as error:
            raise Malformed("the answer ends too early") from error
        self._at += struct.calcsize(kind)
        return int(found)

    def text(self) -> str:
        """A string; empty where it is null."""
        length = self.number("h")
        if length > len(self._data) - self._at:
            raise Malformed("the answer ends too early")
        found = self._data[self._at : self._at + max(0, length)]
        self._at += max(0, length)
        return found.decode("utf-8", "replace")

    def count(self) -> int:
        """Of an array."""
        found = self.number("i")
        if found > len(self._data):
            raise Malformed("an array is longer than the answer")
        return max(0, found)


def metadata_of(answer: Answer) -> Metadata:
    """Of the one topic that was asked for. Raises Malformed."""
    brokers = {}
    for _ in range(answer.count()):
        node, host, port = answer.number("i"), answer.text(), answer.number("i")
        answer.text()
        brokers[node] = (host, port)
    answer.number("i")
    if answer.count() != 1:
        raise Malformed("not the topic that was asked for")
    error, leaders = answer.number("h"), {}
    answer.text()
    answer.number("b")
    for _ in range(answer.count()):
        answer.number("h")
        index, leader = answer.number("i"), answer.number("i")
        for _ in range(2):
            for _ in range(answer.count()):
                answer.number("i")
        leaders[index] = leader
    return Metadata(brokers, error, leaders)


def produced(answer: Answer) -> tuple[int, int]:
    """Error and offset of the one partition that was written to. Raises Malformed."""
    if answer.count() != 1:
        raise Malformed("not one topic")
    answer.text()
    if answer.count() != 1:
        raise Malformed("not one partition")
    answer.number("i")
    return answer.number("h"), answer.number("q")
