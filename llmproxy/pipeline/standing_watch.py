"""Noticing that the caller's credential was revoked while its answer runs, also when nothing is sent (SECURITY 4.6)."""

import asyncio

from accounts.identity.standing import Standing

# With the watcher's own quarter of a second this ends a stream well within a second.
LOOK_SECONDS = 0.2


class StandingWatches:
    """Of all streams of a process: one timer looks after them, as a timer for each would cost more than looking."""

    __slots__ = ("_timer", "_watching")

    def __init__(self) -> None:
        self._watching: set[StandingWatch] = set()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, watch: "StandingWatch") -> None:
        """Look after it until it is removed."""
        self._watching.add(watch)
        if self._timer is None:
            self._wait()

    def remove(self, watch: "StandingWatch") -> None:
        """Its stream is over."""
        self._watching.discard(watch)
        if not self._watching and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wait(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._timer = None
        for watch in tuple(self._watching):
            watch.look()
        if self._watching:
            self._wait()


class StandingWatch:
    """Cancels the task it was made in when the credential does not hold any more. Use as a context manager.

    Args:
        watches: where it is looked after.

    Attributes:
        lost: why it was cancelled; None while the credential holds.
    """

    __slots__ = ("_standing", "_task", "_watches", "lost")

    def __init__(self, standing: Standing, watches: StandingWatches) -> None:
        self._standing = standing
        self._watches = watches
        self._task = asyncio.current_task()
        self.lost: str | None = None

    def __enter__(self) -> "StandingWatch":
        self._watches.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._watches.remove(self)

    def take_back(self) -> None:
        """The cancellation was ours and is dealt with: the task goes on."""
        if self._task is not None:
            self._task.uncancel()

    def look(self) -> None:
        """Cancel the task, once, if the credential does not hold any more."""
        self.lost = self._standing.lost()
        if self.lost is not None:
            self._watches.remove(self)
            if self._task is not None:
                self._task.cancel()
