"""Sending a stream to the client: starts it once, keeps it alive, notices a reader too slow."""

import asyncio
from collections.abc import Callable, Iterable

from llmproxy.gateway.body import Send
from llmproxy.gateway.response import Header, id_headers
from llmproxy.pipeline.framing import Framing

HEADERS = ((b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no"))


class StreamSender:
    """One per stream. At most one send is under way at a time.

    Args:
        framing: how the events go over the line.
        quiet_seconds: silence after which a sign of life is sent.
        slowest_seconds: how long one send may block before the reader counts as gone.
        give_up: called then.
        more_headers: gives what the answer says besides, when it starts.
    """

    __slots__ = (
        "_comment", "_framing", "_give_up", "_headers", "_last", "_loop", "_quiet", "_request_id", "_send",
        "_sending_since", "_slowest", "_timer", "started",
    )  # fmt: skip

    def __init__(
        self,
        send: Send,
        request_id: str,
        framing: Framing,
        quiet_seconds: float,
        slowest_seconds: float,
        give_up: Callable[[], None],
        more_headers: Callable[[], Iterable[Header]] = tuple,
    ) -> None:
        self._send = send
        self._request_id = request_id
        self._framing = framing
        self._quiet = quiet_seconds
        self._slowest = slowest_seconds
        self._give_up = give_up
        self._headers = more_headers
        self._loop = asyncio.get_running_loop()
        self._last = self._loop.time()
        self._sending_since: float | None = None
        self._comment: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = self._loop.call_later(quiet_seconds, self._tick)
        self.started = False

    async def write(self, events: bytes) -> None:
        """Send whole events, starting the answer with them if nothing was sent yet."""
        if self._comment is not None:
            await self._comment
            self._comment = None
        data = self._framing.framed(events)
        if not self.started:
            await self._out(data, more=True)
            return
        self._sending_since = self._last = self._loop.time()  # as _out, which each event would pay a call for
        await self._send({"type": "http.response.body", "body": data, "more_body": True})
        self._sending_since = None

    async def finish(self, events: bytes = b"") -> None:
        """Send the last events and end the answer."""
        if self._comment is not None:
            await self._comment
            self._comment = None
        await self._out(self._framing.framed(events) + self._framing.close(), more=False)

    def close(self) -> None:
        """Stop the timers."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._comment is not None:
            self._comment.cancel()

    async def _out(self, data: bytes, *, more: bool) -> None:
        self._sending_since = self._last = self._loop.time()
        if not self.started:
            self.started = True
            headers = [
                (b"content-type", self._framing.media_type),
                *HEADERS,
                *self._headers(),
                *id_headers(self._request_id),
            ]
            await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self._send({"type": "http.response.body", "body": data, "more_body": more})
        self._sending_since = None

    def _tick(self) -> None:
        now = self._loop.time()
        if self._sending_since is not None:
            if now - self._sending_since > self._slowest:
                self._give_up()
                return
        elif now - self._last >= self._quiet and self._comment is None:
            self._comment = self._loop.create_task(self._out(self._framing.waiting(), more=True))
            self._comment.add_done_callback(self._commented)
        self._timer = self._loop.call_later(max(self._quiet - (now - self._last), self._quiet / 4), self._tick)

    def _commented(self, task: asyncio.Task[None]) -> None:
        if self._comment is task:
            self._comment = None
        if not task.cancelled() and task.exception() is not None:
            self._give_up()
