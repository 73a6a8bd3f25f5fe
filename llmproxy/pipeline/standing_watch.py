"""Noticing that the caller's credential was revoked while its answer runs, also when nothing is sent (SECURITY 4.6)."""

import asyncio

from accounts.identity.standing import Standing

# With the watcher's own quarter of a second this ends a stream well within a second.
LOOK_SECONDS = 0.2


class StandingWatch:
    """Cancels the task it was made in when the credential does not hold any more. Use as a context manager.

    Attributes:
        lost: why it was cancelled; None while the credential holds.
    """

    __slots__ = ("_standing", "_task", "_timer", "lost")

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._task = asyncio.current_task()
        self._timer: asyncio.TimerHandle | None = None
        self.lost: str | None = None

    def __enter__(self) -> "StandingWatch":
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def take_back(self) -> None:
        """The cancellation was ours and is dealt with: the task goes on."""
        if self._task is not None:
            self._task.uncancel()

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self.lost = self._standing.lost()
        if self.lost is None:
            self._wait()
        elif self._task is not None:
            self._task.cancel()
