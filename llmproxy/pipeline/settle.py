"""The end of a call: exactly one terminal record, what was reserved is settled, and the figures."""

from accounts.errors import GatehouseError
from llmproxy.errors import StreamCut, Unexpected, UpstreamFailed, UpstreamTimedOut
from llmproxy.pipeline import admission, costing, hedging, noting, records
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.runtime import Runtime

# Of these after the first byte the provider is to blame.
BROKEN = frozenset({UpstreamFailed, UpstreamTimedOut, StreamCut})


def completed(runtime: Runtime, call: Call, status: int) -> None:
    """The answer is whole."""
    _over(runtime, call)
    records.completed(call, status)
    if any(attempt.failure is not None for attempt in call.attempts):
        runtime.metrics.rescued.inc()
    runtime.metrics.ended(call.endpoint, "completed", call.duration_us, call.ttft_us, call.usage)


def failed(runtime: Runtime, call: Call, error: GatehouseError) -> None:
    """The provider failed or refused."""
    call.request.failed = True
    _over(runtime, call, error)
    records.failed(call, error)
    runtime.metrics.ended(call.endpoint, "failed", call.duration_us, call.ttft_us, call.usage)


def aborted(runtime: Runtime, call: Call, code: str, reason: str | None = None) -> None:
    """The client left, or we ended it."""
    call.request.failed = True
    _over(runtime, call)
    records.aborted(call, code, reason)
    runtime.metrics.ended(call.endpoint, "aborted", call.duration_us, call.ttft_us, call.usage)


def abandoned(runtime: Runtime, call: Call) -> None:
    """The request is over. If a defect of ours left the call unsettled, it failed, and nothing stays reserved."""
    if not call.settled:
        failed(runtime, call, Unexpected())


def _over(runtime: Runtime, call: Call, error: GatehouseError | None = None) -> None:
    """Give back what was reserved and the places that were taken; an answer that broke off counts as a failure."""
    costing.settle_usage(call)
    call.settled = True
    admission.settle(call)
    hedging.settle(call)
    last = call.attempt
    if last.failure is None and last.first_byte is not None and type(error) in BROKEN:
        noting.broken(runtime, last, "its answer broke off")
    for attempt in call.attempts:
        noting.over(runtime, attempt)
