"""A strict broker: it takes what a real one takes, checks every checksum, and says no to anything else."""

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CRC_POLYNOMIAL = 0x1EDC6F41


def crc32c_by_the_book(data: bytes) -> int:
    """Bit by bit from the definition, so that it shares nothing with the code under test."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= int(f"{byte:08b}"[::-1], 2) << 24
        for _ in range(8):
            crc = (crc << 1 ^ CRC_POLYNOMIAL if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    return int(f"{crc ^ 0xFFFFFFFF:032b}"[::-1], 2)


class Cursor:
    """Reads; what is left over or missing is an error."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, kind: str) -> Any:
        (found,) = struct.unpack_from(f">{kind}", self.data, self.at)
        self.at += struct.calcsize(kind)
        return found

    def raw(self, length: int) -> bytes:
        found = self.data[self.at : self.at + length]
        assert len(found) == length
        self.at += length
        return found

    def text(self) -> str:
        return self.raw(self.take("h")).decode()

    def varint(self) -> int:
        shift = found = 0
        while True:
            (byte,) = self.raw(1)
            found |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (found >> 1) ^ -(found & 1)

    def done(self) -> None:
        assert self.at == len(self.data)


class StrictBroker:
    """One topic.

    Attributes:
        log: (key, value) by partition.
        error: what every produce answers with; 0 is success.
        password: of the user `gatehouse`; "" where nobody logs in.
    """

    def __init__(self, topic: str, partitions: int) -> None:
        self.topic, self.port = topic, 0
        self.log: dict[int, list[tuple[bytes, bytes]]] = {n: [] for n in range(partitions)}
        self.error, self.password, self.defects = 0, "", list[str]()

    def answer(self, data: bytes, session: dict[str, bool]) -> bytes:
        """The body of the answer to one request."""
        cursor = Cursor(data)
        api, version, correlation = cursor.take("h"), cursor.take("h"), cursor.take("i")
        assert cursor.text() == "gatehouse"
        body = {(17, 1): self._handshake, (36, 0): self._log_in, (3, 1): self._metadata, (0, 3): self._produce}[
            api, version
        ](cursor, session)
        cursor.done()
        return struct.pack(">i", correlation) + body

    def _handshake(self, cursor: Cursor, session: dict[str, bool]) -> bytes:
        known = cursor.text() == "PLAIN"
        return struct.pack(">hi", 0 if known else 33, 1) + struct.pack(">h", 5) + b"PLAIN"

    def _log_in(self, cursor: Cursor, session: dict[str, bool]) -> bytes:
        said = cursor.raw(cursor.take("i"))
        session["in"] = said == f"\0gatehouse\0{self.password}".encode()
        return struct.pack(">hhi", 0 if session["in"] else 58, -1, 0)

    def _metadata(self, cursor: Cursor, session: dict[str, bool]) -> bytes:
        assert session["in"] or not self.password
        assert cursor.take("i") == 1
        asked = cursor.text()
        found = asked == self.topic
        host = b"127.0.0.1"
        brokers = struct.pack(">iih", 1, 7, len(host)) + host + struct.pack(">ih", self.port, -1)
        topic = struct.pack(">h", 0 if found else 3) + struct.pack(">h", len(asked)) + asked.encode() + b"\0"
        parts = [struct.pack(">hiiiiii", 0, n, 7, 1, 7, 1, 7) for n in (self.log if found else ())]
        return brokers + struct.pack(">ii", 7, 1) + topic + struct.pack(">i", len(parts)) + b"".join(parts)

    def _produce(self, cursor: Cursor, session: dict[str, bool]) -> bytes:
        assert session["in"] or not self.password
        assert (cursor.take("h"), cursor.take("h")) == (-1, -1)
        assert cursor.take("i") > 0
        assert cursor.take("i") == 1
        topic = cursor.text()
        assert (topic, cursor.take("i")) == (self.topic, 1)
        partition = cursor.take("i")
        records = self._batch(cursor.raw(cursor.take("i")))
        offset = len(self.log[partition])
        if not self.error:
            self.log[partition] += records
        name = struct.pack(">h", len(topic)) + topic.encode()
        return struct.pack(">i", 1) + name + struct.pack(">iihqqi", 1, partition, self.error, offset, -1, 0)

    def _batch(self, data: bytes) -> list[tuple[bytes, bytes]]:
        cursor = Cursor(data)
        assert (cursor.take("q"), cursor.take("i"), cursor.take("i"), cursor.take("b")) == (0, len(data) - 12, -1, 2)
        assert cursor.take("I") == crc32c_by_the_book(data[cursor.at :])
        assert cursor.take("h") == 0
        last, _, _, producer, epoch, sequence, count = (cursor.take(kind) for kind in "iqqqhii")
        assert (producer, epoch, sequence, last) == (-1, -1, -1, count - 1)
        found = []
        for number in range(count):
            record = Cursor(cursor.raw(cursor.varint()))
            assert record.raw(1) == b"\0"
            record.varint()
            assert record.varint() == number
            found.append((record.raw(record.varint()), record.raw(record.varint())))
            assert record.varint() == 0
            record.done()
        cursor.done()
        return found


@contextmanager
def running(broker: StrictBroker) -> Iterator[StrictBroker]:
    """On loopback, until the block ends. Raises AssertionError for every defect that it saw."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            session = {"in": False}
            while head := self.rfile.read(4):
                try:
                    body = broker.answer(self.rfile.read(struct.unpack(">i", head)[0]), session)
                except Exception as error:  # shown by the test; the client sees the connection end
                    broker.defects.append(repr(error))
                    return
                self.wfile.write(struct.pack(">i", len(body)) + body)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        broker.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield broker
        finally:
            server.shutdown()
            thread.join()
    assert not broker.defects, broker.defects
