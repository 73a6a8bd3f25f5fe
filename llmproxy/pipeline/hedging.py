"""Hedged calls: where no answer begins in time, the next deployment is asked as well, and the faster one counts.

Both providers may charge. So budgets reserve for the second before it is sent; where one has no room, it is not.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from accounts.errors import GatehouseError
from llmproxy.pipeline import admission, copies, copy_records
from llmproxy.pipeline.attempt import Attempt
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.copies import HEDGE, Copy
from llmproxy.pipeline.runtime import Runtime
from llmproxy.pipeline.walk import Walk
from llmproxy.transport import UpstreamResponse

Attempting = Callable[[Attempt], Awaitable[UpstreamResponse]]


class NotHedged(Exception):
    """There is no second, after all."""


@dataclass(slots=True, eq=False)
class Runner:
    """One of the two that race. `attempt`: None until it may be sent."""

    task: "asyncio.Future[UpstreamResponse]"
    attempt: Attempt | None


async def first_answer(runtime: Runtime, call: Call, after: float, attempting: Attempting) -> UpstreamResponse:
    """The current attempt, and the next where it has not begun to answer after so many seconds.

    Raises:
        GatehouseError: all failed; the last one's.
    """
    first = Runner(asyncio.ensure_future(attempting(call.attempt)), call.attempt)
    runners: list[Runner] = [first]
    best: Runner | None = None
    try:
        done, _ = await asyncio.wait({first.task}, timeout=after)
        if not done and call.walk is not None and call.walk.may_hedge():
            runners.append(_second(runtime, call, call.walk, attempting))
        best = await _best(runners)
        if best.attempt is not None:
            _make_current(call, best.attempt)
        return best.task.result()
    finally:
        await _drop([runner.task for runner in runners if runner is not best])


def _second(runtime: Runtime, call: Call, walk: Walk, attempting: Attempting) -> Runner:
    async def run() -> UpstreamResponse:
        runner.attempt = await _begun(runtime, call, walk)
        return await attempting(runner.attempt)

    runner = Runner(asyncio.ensure_future(run()), None)
    return runner


async def _begun(runtime: Runtime, call: Call, walk: Walk) -> Attempt:
    """Reserve for the second, put it on record, and begin it. Raises GatehouseError, NotHedged: it is not sent."""
    copy, first = Copy(HEDGE, call), call.attempt
    try:
        await admission.admit_copy(runtime, copy)
    except GatehouseError as error:
        walk.not_hedged(error.message)
        raise
    try:
        if (attempt := walk.hedge()) is None:
            raise NotHedged
        copy.attempts, copy.deployment = (first, attempt), attempt.deployment
        copy_records.started(copy)
    except (GatehouseError, NotHedged):
        admission.settle_copy(copy)
        raise
    call.hedges.append(copy)
    return attempt


def settle(call: Call) -> None:
    """The call is over: so are the copies that it raced with."""
    while call.hedges:
        copy = call.hedges.pop()
        loser = copies.lost(copy)
        admission.settle_copy(copy)
        if loser.failure is not None:
            said = {"http_status": loser.upstream_status, "error_code": loser.failure.reason}
            copy_records.ended(copy, "failed", "failure", **said)
        else:
            copy_records.ended(copy, "aborted", "aborted", error_code="other_was_faster")


async def _best(runners: list[Runner]) -> Runner:
    """The first that is answered; where all fail, the last to fail of those that were sent."""
    pending, last = {runner.task: runner for runner in runners}, runners[0]
    while pending:
        done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for runner in [pending.pop(task) for task in done]:
            if runner.task.exception() is None:
                return runner
            if runner.attempt is not None:
                last = runner
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
