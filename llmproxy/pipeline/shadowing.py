"""Shadow traffic: a copy of a call goes to another deployment, its answer is dropped, what it took is on record.

The provider charges for it, so the budgets of the call reserve for it; where one has no room, it is not sent.
"""

import asyncio
import time
from typing import Any

from accounts.errors import GatehouseError
from llmproxy.catalog import Deployment
from llmproxy.errors import ReservationSpent, StreamCut, UpstreamFailed
from llmproxy.pipeline import admission, copy_records, keys
from llmproxy.pipeline.attempt import Attempt
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.copies import SHADOW, Copy
from llmproxy.pipeline.costing import most_events, reported
from llmproxy.pipeline.outgoing import outgoing
from llmproxy.pipeline.runtime import Runtime
from llmproxy.routing.plan import Excluded
from llmproxy.routing.reading import CHARACTERS_PER_TOKEN, prompt_tokens
from llmproxy.transport import UpstreamResponse
from llmproxy.transport.errors import AnswerTooLarge, TransportError
from llmproxy.wires.sse import EventTooLong
from llmproxy.wires.taps.reading import NotJson
from llmproxy.wires.taps.tap import ProviderError, Tap
from llmproxy.wires.usage import Usage

# Copies are for measuring: where more run already, further ones are left out rather than queued.
MOST_RUNNING = 64
MOST_ANSWER_BYTES = 16 * 1024 * 1024
OUTCOMES = {"completed": "success", "failed": "failure", "aborted": "aborted"}


def send_copies(runtime: Runtime, call: Call) -> None:
    """Start a copy to each shadow that the plan drew. They run on their own; the call does not wait for them."""
    if call.walk is None or not (places := call.walk.legs[0].plan.shadows):
        return
    for place in places:
        if len(runtime.shadows) >= MOST_RUNNING:
            runtime.metrics.attempted("shadow_left_out")
            return
        task = asyncio.ensure_future(_copied(runtime, call, call.route.deployments[place.position]))
        runtime.shadows.add(task)
        task.add_done_callback(runtime.shadows.discard)


async def stop(runtime: Runtime) -> None:
    """End those that are under way; what they cost is estimated."""
    for task in (running := list(runtime.shadows)):
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def _copied(runtime: Runtime, call: Call, deployment: Deployment) -> None:
    copy = Copy(SHADOW, call, deployment)
    try:
        attempt = Attempt(
            deployment, keys.pick(runtime.board, deployment, time.time()), call.exchange_with(call, deployment)
        )
        await runtime.slots.enter(deployment, patient=False)
    except GatehouseError as error:
        _left_out(runtime, call, deployment, error)
        return
    try:
        await _sent(runtime, copy, attempt)
    except GatehouseError as error:
        _left_out(runtime, call, deployment, error)
    finally:
        runtime.slots.leave(deployment)


async def _sent(runtime: Runtime, copy: Copy, attempt: Attempt) -> None:
    """Reserve, record, send, settle. Raises GatehouseError: it was not sent."""
    await admission.admit_copy(runtime, copy)
    try:
        copy_records.started(copy)
    except GatehouseError:
        admission.settle_copy(copy)
        raise
    how, columns = "aborted", {"error_code": "gateway_stopping"}
    try:
        how, columns = await _answered(runtime, copy, attempt)
    finally:
        if how == "aborted" and copy.usage is None:
            copy.estimate(Usage(input=prompt_tokens(copy.call.body)))
        admission.settle_copy(copy)
        copy_records.ended(copy, how, OUTCOMES[how], **columns)


async def _answered(runtime: Runtime, copy: Copy, attempt: Attempt) -> tuple[str, dict[str, Any]]:
    """How it ended, and columns of the record."""
    try:
        upstream = await runtime.transport.open(outgoing(copy.call, attempt))
        good = 200 <= upstream.status < 300
        try:
            if not good:
                await upstream.read(MOST_ANSWER_BYTES)
            elif copy.call.stream:
                await _streamed(copy, attempt, upstream)
            else:
                await _whole(copy, attempt, upstream)
        finally:
            await upstream.aclose()
    except (TransportError, GatehouseError) as error:
        return "failed", {"error_code": error.code}
    return ("completed" if good else "failed"), {"http_status": upstream.status}


async def _whole(copy: Copy, attempt: Attempt, upstream: UpstreamResponse) -> None:
    """What it used, as the provider reports it; else an estimate. Its maximum of output is that of the call."""
    body = b""
    try:
        body = await upstream.read(MOST_ANSWER_BYTES)
    finally:
        copy.estimate(Usage(input=prompt_tokens(copy.call.body), output=-(-len(body) // CHARACTERS_PER_TOKEN)))
    if body and (usage := attempt.exchange.usage_of(body)) is not None:
        copy.reports(usage)


async def _streamed(copy: Copy, attempt: Attempt, upstream: UpstreamResponse) -> None:
    """The same event by event, and no further than what was reserved for it, as a caller's stream.

    Raises:
        GatehouseError: it became longer than that, or broke off.
    """
    tap, size, most = attempt.exchange.tap(), 0, most_events(copy.call)
    try:
        async for chunk in upstream:
            tap.feed(chunk)
            size += len(chunk)
            if tap.chunks > most:
                raise ReservationSpent
            if size > MOST_ANSWER_BYTES:
                raise AnswerTooLarge
        tap.close()
        if not tap.complete:
            raise StreamCut
    except (EventTooLong, NotJson, ProviderError) as failure:
        raise UpstreamFailed from failure
    finally:
        _use(copy, tap)


def _use(copy: Copy, tap: Tap) -> None:
    usage, partly = reported(copy.call, tap)
    if usage is None or partly:
        copy.estimate(usage or Usage(input=prompt_tokens(copy.call.body), output=tap.chunks))
    else:
        copy.reports(usage)


def _left_out(runtime: Runtime, call: Call, deployment: Deployment, error: GatehouseError) -> None:
    runtime.metrics.attempted("shadow_left_out")
    if call.walk is not None:
        call.walk.put_aside.append(Excluded(deployment.place, f"no copy: {error.message}"))
    copy_records.not_sent(call, deployment, error)
