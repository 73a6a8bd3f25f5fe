"""A call whose answer is sent in one piece."""

import asyncio
from collections.abc import Callable

from llmproxy.errors import UpstreamFailed
from llmproxy.gateway.body import ClientGone
from llmproxy.gateway.response import JSON, GatewayResponse
from llmproxy.pipeline import records, settle
from llmproxy.pipeline.answers import from_transport, refusal
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.disconnect import DisconnectWatch
from llmproxy.pipeline.outgoing import outgoing
from llmproxy.pipeline.runtime import Runtime
from llmproxy.transport.errors import TransportError

MOST_ANSWER_BYTES = 64 * 1024 * 1024


async def answer(runtime: Runtime, call: Call) -> bytes:
    """Send the call, settle it, and give the provider's body.

    Raises:
        GatehouseError: the provider failed or refused; already recorded.
        ClientGone: the client left first; already recorded.
    """
    records.started(call)
    watch = DisconnectWatch(call.request.receive)
    try:
        with watch:
            status, headers, body = await _exchanged(runtime, call)
    except TransportError as failure:
        error = from_transport(failure)
        settle.failed(runtime, call, error)
        raise error from failure
    except asyncio.CancelledError:
        settle.aborted(runtime, call, "client_disconnected" if watch.fired else "gateway_stopping")
        if watch.fired:
            raise ClientGone from None
        raise
    if (refused := refusal(status, headers, body)) is not None:
        settle.failed(runtime, call, refused)
        raise refused
    call.usage = call.speaks.usage_of(body)
    call.answer_type = next((value.decode("latin-1") for name, value in headers if name == b"content-type"), "")
    return body


async def respond(runtime: Runtime, call: Call) -> GatewayResponse:
    """`answer` passed on byte for byte."""
    body = await answer(runtime, call)
    if body.lstrip()[:1] != b"{":
        error = UpstreamFailed("The provider's answer was not JSON.")
        settle.failed(runtime, call, error)
        raise error
    settle.completed(runtime, call, 200)
    return GatewayResponse(200, body, call.request.request_id, (JSON,))


async def respond_with(
    runtime: Runtime, call: Call, media_types: tuple[str, ...], measure: Callable[[bytes], dict[str, int]]
) -> GatewayResponse:
    """`answer` passed on byte for byte, of whatever type the endpoint may give.

    Args:
        media_types: beginnings of them. A type outside of them is no answer of this endpoint.
        measure: reads the units that only the answer tells.
    """
    body = await answer(runtime, call)
    if not call.answer_type.lower().startswith(media_types) or not call.answer_type.isascii():
        error = UpstreamFailed("The provider's answer was of another type than this endpoint gives.")
        settle.failed(runtime, call, error)
        raise error
    call.units.update(measure(body))
    settle.completed(runtime, call, 200)
    headers = ((b"content-type", call.answer_type.encode("ascii")), (b"x-content-type-options", b"nosniff"))
    return GatewayResponse(200, body, call.request.request_id, headers)


async def _exchanged(runtime: Runtime, call: Call) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    upstream = await runtime.transport.open(outgoing(call))
    try:
        call.note_first_byte()
        call.upstream_status = upstream.status
        return upstream.status, upstream.headers, await upstream.read(MOST_ANSWER_BYTES)
    finally:
        await upstream.aclose()
