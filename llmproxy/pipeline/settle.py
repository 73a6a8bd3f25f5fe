"""The end of a call: exactly one terminal record, what was reserved is settled, and the figures."""

from accounts.errors import GatehouseError
from llmproxy.pipeline import admission, records
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.runtime import Runtime


def completed(runtime: Runtime, call: Call, status: int) -> None:
    """The answer is whole."""
    admission.settle(call)
    records.completed(call, status)
    runtime.metrics.ended(call.endpoint, "completed", call.duration_us, call.ttft_us, call.usage)


def failed(runtime: Runtime, call: Call, error: GatehouseError) -> None:
    """The provider failed or refused."""
    admission.settle(call)
    records.failed(call, error)
    runtime.metrics.ended(call.endpoint, "failed", call.duration_us, call.ttft_us, call.usage)


def aborted(runtime: Runtime, call: Call, code: str, reason: str | None = None) -> None:
    """The client left, or we ended it."""
    admission.settle(call)
    records.aborted(call, code, reason)
    runtime.metrics.ended(call.endpoint, "aborted", call.duration_us, call.ttft_us, call.usage)
