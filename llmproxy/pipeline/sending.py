"""Sending a call: attempt after attempt, until a provider begins to answer it."""

import asyncio
from functools import partial

from accounts.errors import GatehouseError
from llmproxy.errors import DeploymentBusy, UpstreamFailed
from llmproxy.pipeline import hedging, noting, shadowing
from llmproxy.pipeline.answers import TIMEOUTS, from_transport, refusal, seconds_asked
from llmproxy.pipeline.attempt import Attempt
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.outgoing import outgoing
from llmproxy.pipeline.runtime import Runtime
from llmproxy.pipeline.served_by import served_by
from llmproxy.routing.failure import BUSY, Failure, of_status, of_transport
from llmproxy.transport import UpstreamResponse
from llmproxy.transport.errors import TransportError

MOST_REFUSAL_BYTES = 256 * 1024


async def opened(runtime: Runtime, call: Call, *, again: bool = False) -> UpstreamResponse:
    """The beginning of a successful answer; the caller reads and closes it.

    Args:
        again: it was answered once, and that is no use.

    Raises:
        GatehouseError: the last attempt's failure.
    """
    if not again:
        shadowing.send_copies(runtime, call)
        runtime.board.budget(call.route.id).earned()
    hedge_after = None if call.stream else call.route.policy.hedge_after
    attempting = partial(attempted, runtime, call)
    while True:
        try:
            if hedge_after is None:
                return await attempted(runtime, call, call.attempt)
            return await hedging.first_answer(runtime, call, hedge_after, attempting)
        except GatehouseError as error:
            if call.walk is None or call.walk.after(call.attempt) is None:
                error.headers = {**error.headers, **served_by(call)}
                raise


async def attempted(runtime: Runtime, call: Call, attempt: Attempt) -> UpstreamResponse:
    """One attempt: the beginning of a successful answer. Raises GatehouseError, noted on the attempt."""
    try:
        return await _tried(runtime, call, attempt)
    except GatehouseError as error:
        attempt.error = error
        raise
    except asyncio.CancelledError:
        noting.withdrawn(runtime, attempt)
        raise


async def _tried(runtime: Runtime, call: Call, attempt: Attempt) -> UpstreamResponse:
    if attempt.wait:
        await asyncio.sleep(attempt.wait)
    try:
        await runtime.slots.enter(attempt.deployment, patient=attempt.patient)
    except DeploymentBusy:
        noting.failed(runtime, attempt, Failure(BUSY, None, "no free place"))
        raise
    noting.begun(runtime, attempt)
    try:
        upstream = await runtime.transport.open(outgoing(call, attempt))
        attempt.answered(upstream.status)
        if 200 <= upstream.status < 300:
            noting.answered(runtime, attempt)
            return upstream
        try:
            body = await upstream.read(MOST_REFUSAL_BYTES)
        finally:
            await upstream.aclose()
    except TransportError as failure:
        noting.failed(runtime, attempt, of_transport(failure.code, timed_out=isinstance(failure, TIMEOUTS)))
        raise from_transport(failure) from failure
    noting.failed(runtime, attempt, of_status(upstream.status, body, seconds_asked(upstream.headers)))
    raise refusal(upstream.status, upstream.headers, body) or UpstreamFailed()
