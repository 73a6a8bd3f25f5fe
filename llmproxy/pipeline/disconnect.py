"""Noticing that the client went away, so that the provider is not paid for an answer nobody reads."""

import asyncio

from llmproxy.gateway.body import Receive

# A call that ends sooner than this never pays for a task of its own.
PATIENCE_SECONDS = 0.2


class DisconnectWatch:
    """Cancels the task it was made in when the client closes the connection.

    Use as a context manager around the call; `fired` tells that the cancellation was ours.
    """

    __slots__ = ("_receive", "_task", "_timer", "_waiter", "fired")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._task = asyncio.current_task()
        self._waiter: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.fired = False

    def __enter__(self) -> "DisconnectWatch":
        self._timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._start)
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._waiter is not None:
            self._waiter.cancel()

    def end(self) -> None:
        """End the call as if the client had gone: for a reader too slow to be served."""
        if not self.fired and self._task is not None:
            self.fired = True
            self._task.cancel()

    def _start(self) -> None:
        self._waiter = asyncio.get_running_loop().create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue
        self.end()
