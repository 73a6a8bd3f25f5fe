import asyncio
import socket
from dataclasses import replace

import pytest

from accounts.egress import EgressPolicy
from llmproxy.transport import Timeouts, Transport, UpstreamRequest
from llmproxy.transport.errors import ChunkTimeout, ConnectTimeout, FirstByteTimeout, TotalTimeout, TransportError
from tests.llmproxy.transport.upstream import CHUNKED, Script, Start, Talk, chunk, ok


async def mute(talk: Talk) -> None:
    await talk.request()
    await talk.gone()


async def dripping_head(talk: Talk) -> None:
    await talk.request()
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
        await talk.say(bytes([byte]))
        await asyncio.sleep(0.02)


async def stalling(talk: Talk) -> None:
    await talk.request()
    await talk.say(CHUNKED + chunk(b"one"))
    await talk.gone()


async def dripping_body(talk: Talk) -> None:
    await talk.request()
    await talk.say(CHUNKED)
    while True:
        await talk.say(chunk(b"."))
        await asyncio.sleep(0.02)


async def interim_only(talk: Talk) -> None:
    await talk.request()
    while True:
        await talk.say(b"HTTP/1.1 102 Processing\r\n\r\n")
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("script", "limits", "expected"),
    [
        (mute, {"first_byte": 0.1}, FirstByteTimeout),
        (dripping_head, {"first_byte": 0.1}, FirstByteTimeout),
        (interim_only, {"first_byte": 0.1}, FirstByteTimeout),
        (mute, {"total": 0.1}, TotalTimeout),
        (stalling, {"between_chunks": 0.1}, ChunkTimeout),
        (stalling, {"total": 0.1}, TotalTimeout),
        (dripping_body, {"total": 0.2, "between_chunks": 0.1}, TotalTimeout),
    ],
)
async def test_a_slow_upstream_is_left_in_time(
    start: Start, script: Script, limits: dict[str, float], expected: type[TransportError]
) -> None:
    upstream = await start(script)
    started = asyncio.get_running_loop().time()
    with pytest.raises(expected) as failure:
        await upstream.call(replace(upstream.ask(), timeouts=Timeouts(**limits)))
    assert asyncio.get_running_loop().time() - started < 1.5
    assert not failure.value.retryable
    assert await upstream.abandoned()


async def test_a_steady_stream_outlives_the_chunk_timeout(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(CHUNKED)
        for _ in range(10):
            await talk.say(chunk(b"."))
            await asyncio.sleep(0.03)
        await talk.say(b"0\r\n\r\n")
        await talk.gone()

    upstream = await start(script)
    assert await upstream.call(upstream.ask(between_chunks=0.2)) == b"." * 10


async def test_a_call_on_a_kept_connection_has_its_own_timeouts(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(ok())
        await talk.request()
        await talk.gone()

    upstream = await start(script)
    await upstream.call(upstream.ask(first_byte=50, total=60))
    with pytest.raises(FirstByteTimeout):
        await upstream.call(upstream.ask(first_byte=0.1))


async def test_an_upstream_that_does_not_accept_is_left_in_time() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        transport = Transport(EgressPolicy([f"127.0.0.1:{port}"]))
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:  # the backlog is full: a further SYN gets no answer
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        request = UpstreamRequest("POST", f"http://127.0.0.1:{port}/", (), b"", Timeouts(connect=0.1))
        with pytest.raises(ConnectTimeout) as failure:
            await transport.open(request)
        for client in waiting:
            client.close()
    assert failure.value.retryable


async def test_an_idle_connection_is_closed_after_its_time(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(ok())
        await talk.gone()

    upstream = await start(script)
    policy = EgressPolicy([f"127.0.0.1:{upstream.port}"])
    upstream.transport = Transport(policy, idle_seconds=0.1)
    await upstream.call()
    assert upstream.transport.pool.idle_count == 1
    await asyncio.wait_for(upstream.saw_close.wait(), 2)
    assert await upstream.abandoned()
