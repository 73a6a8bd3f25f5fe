"""A connection to one broker: one request at a time, each with its answer."""

import ssl
import struct
from types import TracebackType
from typing import Self

from audit.channels.delivery import NotDelivered
from audit.channels.kafka import wire
from audit.outside import outside

LONGEST_ANSWER = 16 * 1024 * 1024
ERRORS = {
    3: "there is no such topic", 5: "the topic has no leader yet", 6: "another broker leads the partition now",
    7: "the replicas did not write it in time", 10: "the batch is larger than the topic takes",
    19: "too few replicas are in sync", 29: "this user may not write to the topic",
    33: "it knows no SASL PLAIN", 58: "it refuses user or password",
}  # fmt: skip


class Broker:
    """One.

    Args:
        secure: TLS.
        user, password: for SASL PLAIN, where given.

    Raises:
        OSError, ValueError, NotDelivered.
    """

    def __init__(self, host: str, port: int, *, secure: bool, user: str = "", password: str = "") -> None:
        plain = outside().connected(host, port, "https" if secure else "http")
        try:
            context = ssl.create_default_context() if secure else None
            self._socket = plain if context is None else context.wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise
        self._asked = 0
        try:
            if user:
                self._log_in(user, password)
        except (NotDelivered, OSError, ValueError):
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def ask(self, api: tuple[int, int], body: bytes) -> wire.Answer:
        """The answer to a request. Raises OSError, Malformed."""
        self._asked += 1
        self._socket.sendall(wire.request(api, self._asked, body))
        (length,) = struct.unpack(">i", self._read(4))
        if not 4 <= length <= LONGEST_ANSWER:
            raise wire.Malformed("this is no Kafka broker")
        answer = wire.Answer(self._read(length))
        if answer.number("i") != self._asked:
            raise wire.Malformed("the answer belongs to another request")
        return answer

    def _log_in(self, user: str, password: str) -> None:
        check(self.ask(wire.SASL_HANDSHAKE, wire.text("PLAIN")).number("h"))
        said = f"\0{user}\0{password}".encode()
        check(self.ask(wire.SASL_AUTHENTICATE, wire.blob(said)).number("h"))

    def _read(self, length: int) -> bytes:
        parts = bytearray()
        while len(parts) < length:
            part = self._socket.recv(length - len(parts))
            if not part:
                raise ConnectionResetError
            parts += part
        return bytes(parts)


def check(error: int) -> None:
    """Raises NotDelivered, in words, for every error code."""
    if error:
        raise NotDelivered(f"the broker says: {ERRORS.get(error, f'error {error}')}")
