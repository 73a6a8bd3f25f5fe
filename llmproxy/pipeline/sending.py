"""Sending a call: attempt after attempt, until a provider begins to answer it."""

from accounts.errors import GatehouseError
from llmproxy.errors import UpstreamFailed
from llmproxy.pipeline import plan
from llmproxy.pipeline.answers import from_transport, refusal
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.outgoing import outgoing
from llmproxy.pipeline.runtime import Runtime
from llmproxy.transport import UpstreamResponse
from llmproxy.transport.errors import TransportError

MOST_REFUSAL_BYTES = 256 * 1024


async def opened(runtime: Runtime, call: Call) -> UpstreamResponse:
    """The beginning of a successful answer; the caller reads and closes it.

    Raises:
        GatehouseError: the last attempt's failure.
    """
    while True:
        try:
            return await _attempted(runtime, call)
        except GatehouseError as error:
            call.attempt.error = error
            deployment = plan.after(call, error)
            if deployment is None:
                raise
            call.attempt_at(deployment)


async def _attempted(runtime: Runtime, call: Call) -> UpstreamResponse:
    try:
        upstream = await runtime.transport.open(outgoing(call))
        call.attempt.answered(upstream.status)
        if 200 <= upstream.status < 300:
            return upstream
        try:
            body = await upstream.read(MOST_REFUSAL_BYTES)
        finally:
            await upstream.aclose()
    except TransportError as failure:
        raise from_transport(failure) from failure
    raise refusal(upstream.status, upstream.headers, body) or UpstreamFailed()
