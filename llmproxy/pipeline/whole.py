"""A call whose answer is sent in one piece."""

import asyncio
from collections.abc import Callable

from accounts.errors import GatehouseError
from llmproxy.errors import UpstreamFailed
from llmproxy.gateway.body import ClientGone
from llmproxy.gateway.response import JSON, GatewayResponse, Header
from llmproxy.pipeline import answer_headers, caching, content_policy, inspection, settle
from llmproxy.pipeline.answers import from_transport
from llmproxy.pipeline.beginning import begin
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.disconnect import DisconnectWatch
from llmproxy.pipeline.runtime import Runtime
from llmproxy.pipeline.sending import opened
from llmproxy.transport.errors import TransportError

MOST_ANSWER_BYTES = 64 * 1024 * 1024


async def answer(runtime: Runtime, call: Call) -> bytes:
    """Send the call and give the answer in the client's wire. The caller settles a success: `completed`.

    Raises:
        GatehouseError: refused, or the provider failed or refused; already recorded.
        ClientGone: the client left first; already recorded.
    """
    await begin(runtime, call)
    watch = DisconnectWatch(call.request.receive)
    try:
        with watch:
            if (kept := await caching.found(runtime, call)) is not None:
                return kept
            body = await _useful(runtime, call)
            answer = await inspection.of_output(runtime, call, call.attempt.exchange.answer(body))
            if call.cache is not None:
                call.cache.add(answer)
            return answer
    except GatehouseError as error:
        settle.failed(runtime, call, error)
        raise
    except asyncio.CancelledError:
        settle.aborted(runtime, call, "client_disconnected" if watch.fired else "gateway_stopping")
        if watch.fired:
            raise ClientGone from None
        raise


async def respond(runtime: Runtime, call: Call) -> GatewayResponse:
    """`answer` as JSON; of a provider that speaks the client's wire, byte for byte."""
    body = await answer(runtime, call)
    if body.lstrip()[:1] != b"{":
        error = UpstreamFailed("The provider's answer was not JSON.")
        settle.failed(runtime, call, error)
        raise error
    return completed(runtime, call, body)


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
    content_type = (b"content-type", call.answer_type.encode("ascii"))
    return completed(runtime, call, body, (content_type, (b"x-content-type-options", b"nosniff")))


def completed(runtime: Runtime, call: Call, body: bytes, headers: tuple[Header, ...] = (JSON,)) -> GatewayResponse:
    """Settle a success and make the answer that the client gets."""
    headers = (*headers, *answer_headers.of(call))
    if call.kept is not None:
        call.kept.append(body)
    settle.completed(runtime, call, 200)
    caching.keep(runtime, call)
    return GatewayResponse(200, body, call.request.request_id, headers)


async def _useful(runtime: Runtime, call: Call) -> bytes:
    """The answer, or that of a fallback where a content filter took it away and the route minds."""
    body = await _exchanged(runtime, call)
    call.usage = call.attempt.exchange.usage_of(body)
    while content_policy.is_watched(call) and call.attempt.exchange.filtered(body):
        if not await content_policy.goes_on(runtime, call, call.usage):
            break
        body = await _exchanged(runtime, call, again=True)
        call.usage = call.attempt.exchange.usage_of(body)
    return body


async def _exchanged(runtime: Runtime, call: Call, *, again: bool = False) -> bytes:
    upstream = await opened(runtime, call, again=again)
    try:
        body = await upstream.read(MOST_ANSWER_BYTES)
    except TransportError as failure:
        raise from_transport(failure) from failure
    finally:
        await upstream.aclose()
    call.answer_bytes = len(body)
    call.answer_type = next(
        (value.decode("latin-1") for name, value in upstream.headers if name == b"content-type"), ""
    )
    return body
