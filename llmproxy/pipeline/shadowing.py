"""Shadow traffic: a copy of a call goes to another deployment, its answer is dropped, what it took is on record.

The copy is on record as its own event, never as the caller's: no limit, no budget and no ledger hears of it.
"""

import asyncio
import time
from typing import Any

import structlog

from accounts.errors import GatehouseError
from audit.context import SYSTEM
from audit.errors import AuditUnavailable
from audit.log import record
from llmproxy.catalog import Deployment
from llmproxy.pipeline import keys
from llmproxy.pipeline.attempt import Attempt
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.outgoing import outgoing
from llmproxy.pipeline.runtime import Runtime
from llmproxy.pricing import cost_nano
from llmproxy.transport.errors import TransportError
from llmproxy.wires.sse import EventTooLong
from llmproxy.wires.taps.reading import NotJson
from llmproxy.wires.taps.tap import ProviderError
from llmproxy.wires.usage import Usage

# Copies are for measuring: where more run already, further ones are left out rather than queued.
MOST_RUNNING = 64
MOST_ANSWER_BYTES = 16 * 1024 * 1024


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


async def _copied(runtime: Runtime, call: Call, deployment: Deployment) -> None:
    began = time.perf_counter()
    status: int | None = None
    usage: Usage | None = None
    said = ""
    try:
        exchange = call.exchange_with(call, deployment)
        attempt = Attempt(deployment, keys.pick(runtime.board, deployment, time.time()), exchange)
        upstream = await runtime.transport.open(outgoing(call, attempt))
        status = upstream.status
        try:
            body = await upstream.read(MOST_ANSWER_BYTES)
        finally:
            await upstream.aclose()
        usage = _usage(call, attempt, body) if 200 <= status < 300 else None
    except TransportError as failure:
        said = failure.code
    except GatehouseError as error:
        said = error.code
    _record(call, deployment, status, usage, said, int((time.perf_counter() - began) * 1e6))


def _usage(call: Call, attempt: Attempt, body: bytes) -> Usage | None:
    if not call.stream:
        return attempt.exchange.usage_of(body)
    tap = attempt.exchange.tap()
    try:
        tap.feed(body)
        tap.close()
    except (EventTooLong, NotJson, ProviderError):
        logger.info("shadow.unreadable", provider=attempt.deployment.provider_slug)
    return tap.usage


def _record(
    call: Call, deployment: Deployment, status: int | None, usage: Usage | None, said: str, duration_us: int
) -> None:
    attrs: dict[str, Any] = {"shadow": True, "charged": False, "endpoint": call.endpoint}
    if usage is not None:
        cost = cost_nano(usage, deployment.price)
        attrs |= {
            "tokens_in": usage.input,
            "tokens_out": usage.output,
            "cost_nano": "unknown" if cost is None else cost,
        }
    good = status is not None and 200 <= status < 300
    try:
        record(
            "proxy.shadow.completed" if good else "proxy.shadow.failed",
            outcome="success" if good else "failure",
            actor=SYSTEM,
            request_id=call.request.request_id,
            organisation_id=call.principal.organisation_id,
            provider=deployment.provider_slug,
            model_requested=call.model,
            model_served=deployment.upstream_model,
            http_status=status,
            error_code=said or None,
            duration_us=duration_us,
            attrs=attrs,
        )
    except AuditUnavailable:
        logger.warning("shadow.not_recorded", request_id=call.request.request_id)
