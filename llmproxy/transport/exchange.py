"""One request and its answer on a connection: the UpstreamResponse of the socket transport."""

import asyncio
from typing import Final, Protocol, Self

from llmproxy.transport.errors import AnswerTooLarge, BadUpstreamAnswer, TransportError
from llmproxy.transport.parser import AnswerParser

HIGH_WATER: Final = 64 * 1024


class Carrier(Protocol):
    """The connection, as far as an exchange needs it."""

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def abort(self) -> None: ...


class Exchange:
    """One reader at a time. The bytes live here, so the connection is free as soon as the upstream has finished."""

    __slots__ = ("_carrier", "_error", "_loop", "_parser", "_paused", "_waiter", "touched")

    def __init__(self, loop: asyncio.AbstractEventLoop, carrier: Carrier, *, head_only: bool) -> None:
        self._loop = loop
        self._carrier = carrier
        self._parser = AnswerParser(head_only=head_only)
        self._error: TransportError | None = None
        self._paused = False
        self._waiter: asyncio.Future[None] | None = None
        self.touched = False  # a byte of the answer has arrived

    # Towards the caller.

    @property
    def status(self) -> int:
        return self._parser.status

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return self._parser.headers

    async def head(self) -> None:
        """Returns when status and headers are there. Raises the TransportError that prevented it."""
        while self._error is None and not self._parser.head_complete:
            await self._wait()
        if self._error is not None:
            raise self._error

    async def read(self, limit: int) -> bytes:
        parser = self._parser
        collected: list[bytes] = []
        size = 0
        while True:
            size += parser.buffered
            if size > limit or (not parser.complete and self._announced() > limit):
                self.close()
                raise AnswerTooLarge
            if parser.buffered:
                collected.append(self._take())
            if parser.complete:
                return collected[0] if len(collected) == 1 else b"".join(collected)
            if self._error is not None:
                raise self._error
            await self._wait()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        parser = self._parser
        while not parser.buffered:
            if self._error is not None:
                raise self._error
            if parser.complete:
                raise StopAsyncIteration
            await self._wait()
        return self._take()

    async def aclose(self) -> None:
        self.close()

    def close(self) -> None:
        """Without effect when the answer is complete: its connection is back in the pool, perhaps in other hands."""
        if not self._parser.complete and self._error is None:
            self._error = BadUpstreamAnswer()
            self._parser.stop()
            self._carrier.abort()

    # Towards the connection.

    @property
    def head_complete(self) -> bool:
        return self._parser.head_complete

    @property
    def complete(self) -> bool:
        return self._parser.complete

    @property
    def keep_alive(self) -> bool:
        return self._parser.keep_alive

    @property
    def paused(self) -> bool:
        return self._paused

    def receive(self, data: bytes) -> bool:
        """Whether the answer came to a turn: its head is there now, or it is complete.

        Raises:
            BadUpstreamAnswer: the reader learns of it by fail().
        """
        parser = self._parser
        had_head = parser.head_complete
        self.touched = True
        parser.feed(data)
        if parser.buffered > HIGH_WATER and not self._paused and not parser.complete:
            self._paused = True
            self._carrier.pause()
        if not parser.head_complete:
            return False
        if (waiter := self._waiter) is not None and not waiter.done():
            waiter.set_result(None)
        return parser.complete or not had_head

    def receive_eof(self) -> None:
        """Raises BadUpstreamAnswer if that cuts the answer short."""
        self._parser.feed_eof()
        self._wake()

    def fail(self, error: TransportError) -> None:
        if self._error is None and not self._parser.complete:
            self._error = error
            self._parser.stop()
        self._wake()

    def _take(self) -> bytes:
        data = self._parser.take()
        if self._paused:
            self._paused = False
            if not self._parser.complete and self._error is None:
                self._carrier.resume()
        return data

    def _announced(self) -> int:
        """Content-Length, 0 if there is none; llhttp has checked that it is a number."""
        return next((int(value) for name, value in self.headers if name == b"content-length"), 0)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _wait(self) -> None:
        if self._waiter is not None:
            raise RuntimeError("An upstream answer has one reader at a time.")
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            self._waiter = None
