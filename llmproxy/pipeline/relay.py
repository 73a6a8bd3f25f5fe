"""A call whose answer is streamed: whole events, byte for byte, as they come."""

import asyncio

from accounts.errors import GatehouseError
from llmproxy.errors import CredentialEnded, StreamCut, UpstreamFailed
from llmproxy.gateway.body import ClientGone, Send
from llmproxy.pipeline import records, settle
from llmproxy.pipeline.answers import from_transport, refusal
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.disconnect import DisconnectWatch
from llmproxy.pipeline.outgoing import outgoing
from llmproxy.pipeline.runtime import Runtime
from llmproxy.pipeline.standing_watch import StandingWatch
from llmproxy.pipeline.stream_sender import StreamSender
from llmproxy.transport import UpstreamResponse
from llmproxy.transport.errors import TransportError
from llmproxy.wires.sse import EventTooLong
from llmproxy.wires.taps.tap import ProviderError

MOST_REFUSAL_BYTES = 256 * 1024


class StreamedAnswer:
    """Delivers one streamed call and settles it with exactly one terminal record."""

    def __init__(self, runtime: Runtime, call: Call) -> None:
        self._runtime = runtime
        self._call = call
        self._tap = call.speaks.tap(call.prepared)

    async def deliver(self, send: Send) -> None:
        """Send the stream to the client.

        Raises:
            ClientGone: the client left, or read too slowly; settled.
        """
        runtime, call = self._runtime, self._call
        watch = DisconnectWatch(call.request.receive)
        standing = StandingWatch(call.request.user.standing)
        sender = StreamSender(
            send, call.request.request_id, runtime.keep_alive_seconds, runtime.slowest_write_seconds, watch.end
        )
        try:
            with watch, standing:
                await self._relayed(sender)
            settle.completed(runtime, call, 200)
        except GatehouseError as error:
            settle.failed(runtime, call, error)
            await self._told(send, sender, error)
        except asyncio.CancelledError:
            if standing.lost is not None and not watch.fired:
                standing.take_back()
                ended = CredentialEnded()
                settle.aborted(runtime, call, ended.code, standing.lost)
                await self._told(send, sender, ended)
                return
            settle.aborted(runtime, call, "client_disconnected" if watch.fired else "gateway_stopping")
            if watch.fired:
                raise ClientGone from None
            raise
        except OSError as error:  # the server's word for a connection that the client closed
            settle.aborted(runtime, call, "client_disconnected")
            raise ClientGone from error
        finally:
            sender.close()

    async def _relayed(self, sender: StreamSender) -> None:
        try:
            upstream = await self._runtime.transport.open(outgoing(self._call))
        except TransportError as failure:
            raise from_transport(failure) from failure
        try:
            await self._passed_on(upstream, sender)
        except TransportError as failure:
            raise self._cut(failure) from failure
        except (ProviderError, EventTooLong) as failure:
            raise UpstreamFailed("The provider ended its answer with an error.") from failure
        finally:
            self._call.usage = self._tap.usage
            await upstream.aclose()

    async def _passed_on(self, upstream: UpstreamResponse, sender: StreamSender) -> None:
        call, tap = self._call, self._tap
        call.note_first_byte()
        call.upstream_status = upstream.status
        if not 200 <= upstream.status < 300:
            body = await upstream.read(MOST_REFUSAL_BYTES)
            raise refusal(upstream.status, upstream.headers, body) or UpstreamFailed()
        async for chunk in upstream:
            if out := tap.feed(chunk):
                await sender.write(out)
        last = tap.close()
        if not tap.complete:
            raise StreamCut
        await sender.finish(last)

    def _cut(self, failure: TransportError) -> GatehouseError:
        """A failure after the first byte is a cut stream, whatever its cause; before, it is the cause."""
        return StreamCut() if self._tap.chunks else from_transport(failure)

    async def _told(self, send: Send, sender: StreamSender, error: GatehouseError) -> None:
        dialect, request_id = self._call.speaks.dialect, self._call.request.request_id
        if sender.started:
            await sender.finish(dialect.stream_event(error, request_id, self._tap.chunks))
        else:
            await dialect.render(error, request_id).deliver(send)


async def stream(runtime: Runtime, call: Call) -> StreamedAnswer:
    """Put the call on record and hand back its stream."""
    records.started(call)
    return StreamedAnswer(runtime, call)
