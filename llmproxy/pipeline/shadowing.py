"""Shadow traffic: a copy of a call goes to another deployment, its answer is dropped, what it took is on record.

The provider charges for it, so the budgets of the call reserve for it; where one has no room, it is not sent.
"""

import asyncio
import time
from typing import Any

import structlog

from accounts.errors import GatehouseError
from llmproxy.catalog import Deployment
from llmproxy.pipeline import admission, copy_records, keys
from llmproxy.pipeline.attempt import Attempt
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.copies import SHADOW, Copy
from llmproxy.pipeline.outgoing import outgoing
from llmproxy.pipeline.runtime import Runtime
from llmproxy.routing.plan import Excluded
from llmproxy.routing.reading import CHARACTERS_PER_TOKEN, prompt_tokens
from llmproxy.transport.errors import TransportError
from llmproxy.wires.sse import EventTooLong
from llmproxy.wires.taps.reading import NotJson
from llmproxy.wires.taps.tap import ProviderError
from llmproxy.wires.usage import Usage

# Copies are for measuring: where more run already, further ones are left out rather than queued.
MOST_RUNNING = 64
MOST_ANSWER_BYTES = 16 * 1024 * 1024
OUTCOMES = {"completed": "success", "failed": "failure", "aborted": "aborted"}

logger = structlog.get_logger(__name__)


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
        if how == "aborted":
            copy.estimate(Usage(input=prompt_tokens(copy.call.body)))
        admission.settle_copy(copy)
        copy_records.ended(copy, how, OUTCOMES[how], **columns)


async def _answered(runtime: Runtime, copy: Copy, attempt: Attempt) -> tuple[str, dict[str, Any]]:
    """How it ended, and columns of the record."""
    try:
        upstream = await runtime.transport.open(outgoing(copy.call, attempt))
        good = 200 <= upstream.status < 300
        body = b""
        try:
            body = await upstream.read(MOST_ANSWER_BYTES)
        finally:
            await upstream.aclose()
            if good:
                _use(copy, attempt, body)
    except TransportError as failure:
        return "failed", {"error_code": failure.code}
    except GatehouseError as error:
        return "failed", {"error_code": error.code}
    return ("completed" if good else "failed"), {"http_status": upstream.status}


def _use(copy: Copy, attempt: Attempt, body: bytes) -> None:
    """What it used, as the provider reports it; else an estimate."""
    copy.estimate(Usage(input=prompt_tokens(copy.call.body), output=-(-len(body) // CHARACTERS_PER_TOKEN)))
    if (usage := _reported(copy.call, attempt, body)) is not None:
        copy.usage = usage
        del copy.notes["usage"]


def _reported(call: Call, attempt: Attempt, body: bytes) -> Usage | None:
    if not call.stream:
        return attempt.exchange.usage_of(body) if body else None
    tap = attempt.exchange.tap()
    try:
        tap.feed(body)
        tap.close()
    except (EventTooLong, NotJson, ProviderError):
        logger.info("shadow.unreadable", provider=attempt.deployment.provider_slug)
    return tap.usage


def _left_out(runtime: Runtime, call: Call, deployment: Deployment, error: GatehouseError) -> None:
    runtime.metrics.attempted("shadow_left_out")
    if call.walk is not None:
        call.walk.put_aside.append(Excluded(deployment.place, f"no copy: {error.message}"))
    copy_records.not_sent(call, deployment, error)
