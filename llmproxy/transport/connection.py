"""A connection to an upstream: one exchange at a time, kept between exchanges, with one lazily armed timer."""

import asyncio
from collections.abc import Callable
from typing import Final

from llmproxy.transport.errors import (
    BadUpstreamAnswer,
    ChunkTimeout,
    FirstByteTimeout,
    StaleConnection,
    TotalTimeout,
    TransportError,
)
from llmproxy.transport.exchange import Exchange
from llmproxy.transport.request import Timeouts

Key = tuple[str, str, int]  # scheme, host, port

# Above this, head and body are handed to the transport as two buffers instead of being copied into one.
JOIN_LIMIT: Final = 64 * 1024
# A kept connection that breaks later than this after sending may have been at work on the request: no second try.
STALE_SECONDS: Final = 1.0


class Connection(asyncio.Protocol):
    """Made by the connector. `on_idle` receives it when it may be used again, `on_lost` when it is gone."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, key: Key, idle_seconds: float,
        on_idle: Callable[["Connection"], None], on_lost: Callable[["Connection"], None],
    ) -> None:  # fmt: skip
        self.key = key
        self._loop = loop
        self._idle_seconds = idle_seconds
        self._on_idle = on_idle
        self._on_lost = on_lost
        self._socket: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self._timeouts = Timeouts()
        self._used = False
        self._sent_at = 0.0
        self._last_byte_at = 0.0
        self._total_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    @property
    def usable(self) -> bool:
        return self._exchange is None and self._socket is not None and not self._socket.is_closing()

    def send(self, head: bytes, body: bytes, *, head_only: bool, timeouts: Timeouts, total_at: float) -> Exchange:
        """Starts the exchange; `total_at` is the loop time at which it must be over."""
        if self._socket is None or self._exchange is not None:
            raise RuntimeError("This connection cannot take a request now.")
        exchange = self._exchange = Exchange(self._loop, self, head_only=head_only)
        self._timeouts = timeouts
        self._sent_at = self._last_byte_at = self._loop.time()
        self._total_at = total_at
        self._arm(self._deadline())
        if len(body) > JOIN_LIMIT:
            self._socket.writelines((head, body))
        else:
            self._socket.write(head + body)
        return exchange

    def abort(self) -> None:
        """Closes the socket at once; connection_lost() follows."""
        if self._socket is not None:
            self._socket.abort()

    def pause(self) -> None:
        if self._socket is not None:
            self._socket.pause_reading()

    def resume(self) -> None:
        self._last_byte_at = self._loop.time()  # the silence was ours
        if self._socket is not None:
            self._socket.resume_reading()
            self._arm(self._deadline())

    # Called by the event loop.

    # A stream transport it is, but uvloop's does not derive from asyncio.Transport: no isinstance() can tell.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._socket = transport

    def data_received(self, data: bytes) -> None:
        exchange = self._exchange
        if exchange is None:
            self.abort()  # bytes that nobody asked for: the next answer could not be trusted
            return
        self._last_byte_at = self._loop.time()
        try:
            turned = exchange.receive(data)
        except BadUpstreamAnswer as error:
            self._break(error)
            return
        if not turned:
            return
        if exchange.complete:
            self._finish(exchange)
        else:
            self._arm(self._deadline())

    def eof_received(self) -> None:
        exchange = self._exchange
        if exchange is not None and exchange.touched:
            try:
                exchange.receive_eof()
            except BadUpstreamAnswer as error:
                self._break(error)
            else:
                self._finish(exchange)

    def connection_lost(self, exc: Exception | None) -> None:
        self._socket = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._on_lost(self)
        if self._exchange is not None:
            self._break(self._loss(self._exchange))

    # Ends of an exchange.

    def _finish(self, exchange: Exchange) -> None:
        self._exchange = None
        socket = self._socket
        if socket is None:
            return
        # An upstream that answered before it read the whole request would take the rest for the next one.
        if not exchange.keep_alive or socket.is_closing() or socket.get_write_buffer_size():
            socket.abort()
            return
        if exchange.paused:
            socket.resume_reading()
        self._used = True
        self._arm(self._loop.time() + self._idle_seconds)
        self._last_byte_at = self._loop.time()
        self._on_idle(self)

    def _break(self, error: TransportError) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            exchange.fail(error)
        self.abort()

    def _loss(self, exchange: Exchange) -> TransportError:
        quick = self._loop.time() - self._sent_at < STALE_SECONDS
        if self._used and not exchange.touched and quick:
            return StaleConnection()
        return BadUpstreamAnswer()

    # The timer: armed for the earliest end seen, it looks at the real one when it fires.

    def _deadline(self) -> float:
        exchange = self._exchange
        if exchange is None:
            return self._last_byte_at + self._idle_seconds
        if not exchange.head_complete:
            return min(self._total_at, self._sent_at + self._timeouts.first_byte)
        if exchange.paused:
            return self._total_at
        return min(self._total_at, self._last_byte_at + self._timeouts.between_chunks)

    def _arm(self, deadline: float) -> None:
        if self._timer is not None:
            if self._timer_at <= deadline:
                return
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self._loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        now, deadline = self._loop.time(), self._deadline()
        if now < deadline:
            self._arm(deadline)
        elif self._exchange is None:
            self.abort()
        elif now >= self._total_at:
            self._break(TotalTimeout())
        else:
            self._break(ChunkTimeout() if self._exchange.head_complete else FirstByteTimeout())
