"""Hedged calls: where no answer begins in time, the next deployment is asked as well, and the faster one counts."""

import asyncio
from collections.abc import Awaitable, Callable

from llmproxy.pipeline.attempt import Attempt
from llmproxy.pipeline.call import Call
from llmproxy.transport import UpstreamResponse

Attempting = Callable[[Attempt], Awaitable[UpstreamResponse]]
Running = dict["asyncio.Future[UpstreamResponse]", Attempt]


async def first_answer(call: Call, after: float, attempting: Attempting) -> UpstreamResponse:
    """The current attempt, and the next where it has not begun to answer after so many seconds.

    Raises:
        GatehouseError: all failed; the last one's.
    """
    running: Running = {asyncio.ensure_future(attempting(call.attempt)): call.attempt}
    best: asyncio.Future[UpstreamResponse] | None = None
    try:
        done, _ = await asyncio.wait(running, timeout=after)
        if not done and call.walk is not None and (second := call.walk.hedge()) is not None:
            running[asyncio.ensure_future(attempting(second))] = second
        best = await _best(running)
        _make_current(call, running[best])
        return best.result()
    finally:
        await _drop([task for task in running if task is not best])


async def _best(running: Running) -> "asyncio.Future[UpstreamResponse]":
    """The first that is answered; where all fail, the last to fail."""
    pending, last = set(running), next(iter(running))
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for last in done:
            if last.exception() is None:
                return last
    return last


def _make_current(call: Call, attempt: Attempt) -> None:
    call.attempts.remove(attempt)
    call.attempts.append(attempt)


async def _drop(tasks: "list[asyncio.Future[UpstreamResponse]]") -> None:
    """End those that are not needed, and close what they opened in the very same moment."""
    for task in tasks:
        task.cancel()
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        if not isinstance(ended, BaseException):
            await ended.aclose()
