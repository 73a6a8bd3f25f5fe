"""A call whose answer is streamed: whole events, as they come."""

import asyncio
from functools import partial

from accounts.errors import GatehouseError
from llmproxy.errors import CredentialEnded, ReservationSpent, StreamCut, UpstreamFailed
from llmproxy.gateway.body import ClientGone, Send
from llmproxy.pipeline import answer_headers, caching, content_policy, inspection, settle
from llmproxy.pipeline.answers import from_transport
from llmproxy.pipeline.beginning import begin
from llmproxy.pipeline.call import Call
from llmproxy.pipeline.content_policy import Held
from llmproxy.pipeline.costing import most_events, take_from
from llmproxy.pipeline.disconnect import DisconnectWatch
from llmproxy.pipeline.framing import AsEvents, Framing
from llmproxy.pipeline.runtime import Runtime
from llmproxy.pipeline.sending import opened
from llmproxy.pipeline.standing_watch import StandingWatch
from llmproxy.pipeline.stream_sender import StreamSender
from llmproxy.transport import UpstreamResponse
from llmproxy.transport.errors import TransportError
from llmproxy.wires.sse import EventTooLong
from llmproxy.wires.taps.reading import NotJson
from llmproxy.wires.taps.tap import ProviderError, Tap

EVENTS = AsEvents()


class StreamedAnswer:
    """Delivers one streamed call and settles it with exactly one terminal record."""

    def __init__(self, runtime: Runtime, call: Call, framing: Framing) -> None:
        self._runtime = runtime
        self._call = call
        self._framing = framing
        self._tap: Tap | None = None

    async def deliver(self, send: Send) -> None:
        """Send the stream to the client.

        Raises:
            ClientGone: the client left, or read too slowly; settled.
        """
        runtime, call = self._runtime, self._call
        watch = DisconnectWatch(call.request.receive)
        standing = StandingWatch(call.request.user.standing, runtime.standings)
        sender = StreamSender(
            send,
            call.request.request_id,
            self._framing,
            runtime.keep_alive_seconds,
            runtime.slowest_write_seconds,
            watch.end,
            partial(answer_headers.of, call),
        )
        try:
            with watch, standing:
                await self._relayed(sender)
            settle.completed(runtime, call, 200)
            caching.keep(runtime, call)
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
        call = self._call
        if (kept := await caching.found(self._runtime, call)) is not None:
            await sender.finish(self._let_out(kept))
            return
        again = False
        while not await self._streamed(sender, again=again):
            again = True

    async def _streamed(self, sender: StreamSender, *, again: bool) -> bool:
        """Whether it went out; else a content filter took it away before its first byte, and a fallback was begun."""
        call = self._call
        upstream = await opened(self._runtime, call, again=again)
        tap = self._tap = call.attempt.exchange.tap()
        try:
            held = await self._passed_on(upstream, tap, sender)
        except TransportError as failure:
            # After the first byte it is a cut stream, whatever its cause; before, it is the cause.
            raise (StreamCut() if tap.chunks else from_transport(failure)) from failure
        except (ProviderError, EventTooLong) as failure:
            raise UpstreamFailed("The provider ended its answer with an error.") from failure
        except NotJson as failure:
            raise UpstreamFailed(str(failure)) from failure
        finally:
            take_from(call, tap)
            await upstream.aclose()
        if held.is_lost and await content_policy.goes_on(self._runtime, call, tap.usage):
            return False
        await sender.finish(self._let_out(held.rest))
        return True

    async def _passed_on(self, upstream: UpstreamResponse, tap: Tap, sender: StreamSender) -> Held:
        """All but the last events, which are still held."""
        held = Held(content_policy.watch(self._call, tap))
        most, feed, let_out = most_events(self._call), tap.feed, self._let_out
        async for chunk in upstream:
            events = feed(chunk)
            if tap.chunks > most:
                raise ReservationSpent
            if held.watches:
                events = held.of(events)
            if events and (out := let_out(events)):
                await sender.write(out)
        last = tap.close()
        if not tap.complete:
            raise StreamCut
        held.rest += last
        return held

    def _let_out(self, events: bytes) -> bytes:
        runtime, call = self._runtime, self._call
        if runtime.inspections and events:
            events = inspection.of_stream(runtime, call, events)
        if call.kept is not None:
            call.kept.append(events)
        if call.cache is not None:
            call.cache.add(events)
        return events

    async def _told(self, send: Send, sender: StreamSender, error: GatehouseError) -> None:
        dialect, request_id = self._call.speaks.dialect, self._call.request.request_id
        if sender.started:
            await sender.finish(dialect.stream_event(error, request_id, self._tap.chunks if self._tap else 0))
        else:
            await dialect.render(error, request_id).deliver(send)


async def stream(runtime: Runtime, call: Call, framing: Framing = EVENTS) -> StreamedAnswer:
    """Let the call in, put it on record and hand back its stream. Raises GatehouseError: see `begin`."""
    await begin(runtime, call)
    return StreamedAnswer(runtime, call, framing)
