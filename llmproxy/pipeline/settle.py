"""The end of a call: exactly one terminal record, and the figures."""

from accounts.errors import GatehouseError
from llmproxy.pipeline import records
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.runtime import Runtime


def completed(runtime: Runtime, call: Call, status: int) -> None:
    """The answer is whole."""
    records.completed(call, status)
    runtime.metrics.ended(call.endpoint, "completed", call.duration_us, call.ttft_us, call.usage)


def failed(runtime: Runtime, call: Call, error: GatehouseError) -> None:
    """The provider failed or refused."""
    records.failed(call, error)
    runtime.metrics.ended(call.endpoint, "failed", call.duration_us, call.ttft_us, call.usage)


def aborted(runtime: Runtime, call: Call, code: str, reason: str | None = None) -> None:
    """The client left, or we ended it."""
    records.aborted(call, code, reason)
    runtime.metrics.ended(call.endpoint, "aborted", call.duration_us, call.ttft_us, call.usage)
