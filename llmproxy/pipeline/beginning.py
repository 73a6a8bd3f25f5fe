"""The beginning of a call, in this order: limits and budgets, the check of its input, the record."""

from functools import partial

from llmproxy.pipeline import admission, inspection, records, settle
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.runtime import Runtime


async def begin(runtime: Runtime, call: Call) -> None:
    """Let the call in and put it on record, before anything leaves the house.

    Raises:
        GatehouseError: refused by a limit, a budget or an inspection, or it cannot be recorded.
    """
    await admission.admit(runtime, call)
    try:
        await inspection.of_input(runtime, call)
        call.request.begun = True
        records.started(call)
        call.request.finishers.append(partial(settle.abandoned, runtime, call))
    except BaseException:  # a refusal, or the client has gone: nothing stays reserved
        admission.settle(call)
        raise
