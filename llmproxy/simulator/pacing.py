"""The clock of one answer: sleeps where slowness was asked for, and times out as a real connection would."""

import asyncio

from llmproxy.transport.errors import ChunkTimeout, FirstByteTimeout, TotalTimeout, TransportError
from llmproxy.transport.request import Timeouts

SHORTEST = 0.001  # seconds; shorter pauses are made up for by the next one


class Clock:
    """Starts when it is made."""

    __slots__ = ("_loop", "_started", "_stream_from", "_timeouts")

    def __init__(self, timeouts: Timeouts) -> None:
        self._loop = asyncio.get_running_loop()
        self._timeouts = timeouts
        self._started = self._stream_from = self._loop.time()

    async def before_head(self, seconds: float) -> None:
        """Wait before the answer begins. Raises FirstByteTimeout or TotalTimeout."""
        if seconds > 0:
            await self._wait(seconds, self._started + self._timeouts.first_byte - self._loop.time(), FirstByteTimeout)
            self._stream_from = self._loop.time()

    async def until(self, offset: float) -> None:
        """Wait until `offset` seconds after the head. Raises ChunkTimeout or TotalTimeout."""
        seconds = self._stream_from + offset - self._loop.time()
        if seconds > SHORTEST:
            await self._wait(seconds, self._timeouts.between_chunks, ChunkTimeout)

    async def _wait(self, seconds: float, allowed: float, late: type[TransportError]) -> None:
        left = self._started + self._timeouts.total - self._loop.time()
        if left < allowed:
            allowed, late = left, TotalTimeout
        if seconds > allowed:
            await asyncio.sleep(max(0.0, allowed))
            raise late
        await asyncio.sleep(seconds)
