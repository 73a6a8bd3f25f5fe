"""The answer in the shape of the transport's UpstreamResponse."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from llmproxy.simulator.pacing import Clock
from llmproxy.transport.errors import AnswerTooLarge, BadUpstreamAnswer

Headers = tuple[tuple[bytes, bytes], ...]
JSON: Headers = ((b"content-type", b"application/json"),)
EVENTS: Headers = ((b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache"))
BATCH = 16 * 1024


@dataclass(frozen=True, slots=True)
class Until:
    """The next bytes come `offset` seconds after the head."""

    offset: float


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection breaks here."""


Step = bytes | Until | Reset


class SimulatedResponse:
    """Bytes are made only when they are fetched. Closing it ends it; nothing runs behind it."""

    __slots__ = ("_clock", "_headers", "_status", "_steps")

    def __init__(self, status: int, headers: Headers, steps: Iterator[Step], clock: Clock) -> None:
        self._status = status
        self._headers = headers
        self._steps = steps
        self._clock = clock

    @property
    def status(self) -> int:
        return self._status

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        return list(self._headers)

    async def read(self, limit: int) -> bytes:
        """The whole body. Raises AnswerTooLarge, BadUpstreamAnswer, ChunkTimeout, TotalTimeout."""
        parts: list[bytes] = []
        size = 0
        async for part in self:
            size += len(part)
            if size > limit:
                raise AnswerTooLarge
            parts.append(part)
        return b"".join(parts)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """What would have come together on a connection is yielded together."""
        waiting: list[bytes] = []
        size = 0
        for step in self._steps:
            if isinstance(step, bytes):
                waiting.append(step)
                size += len(step)
                if size < BATCH:
                    continue
            if waiting:
                yield b"".join(waiting)
                waiting, size = [], 0
            await self._pause(step)
        if waiting:
            yield b"".join(waiting)

    async def aclose(self) -> None:
        """No more bytes."""
        self._steps = iter(())

    async def _pause(self, step: Step) -> None:
        if isinstance(step, Until):
            await self._clock.until(step.offset)
        elif isinstance(step, Reset):
            raise BadUpstreamAnswer
        else:
            await asyncio.sleep(0)  # a long answer lets others have their turn
