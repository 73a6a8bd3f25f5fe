"""The named places where the content of a call is looked at: what comes in, what goes out, and a stream on its way.

Guardrails are put in here, as `Runtime.inspections`. With none, a call passes for the price of three empty loops.
"""

from typing import Protocol

from llmproxy.pipeline.call import Call
from llmproxy.pipeline.runtime import Runtime


class Inspection(Protocol):
    """One guardrail. Refuses by raising a GatehouseError."""

    async def check_input(self, call: Call) -> None:
        """Before the call is on record and anything leaves the house. Reads `call.body`."""

    async def check_output(self, call: Call, body: bytes) -> bytes:
        """A whole answer, in the client's wire; gives what the client gets."""

    def check_stream(self, call: Call, events: bytes) -> bytes:
        """Whole events of a stream, in the client's wire; gives what the client gets now."""


async def of_input(runtime: Runtime, call: Call) -> None:
    """Ask every inspection for its word on the request."""
    for inspection in runtime.inspections:
        await inspection.check_input(call)


async def of_output(runtime: Runtime, call: Call, body: bytes) -> bytes:
    """`body` as the inspections let it out."""
    for inspection in runtime.inspections:
        body = await inspection.check_output(call, body)
    return body


def of_stream(runtime: Runtime, call: Call, events: bytes) -> bytes:
    """`events` as the inspections let them out."""
    for inspection in runtime.inspections:
        events = inspection.check_stream(call, events)
    return events
