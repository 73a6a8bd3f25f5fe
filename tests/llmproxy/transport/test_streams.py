import asyncio

import pytest

from llmproxy.transport.errors import BadUpstreamAnswer
from tests.llmproxy.transport.upstream import CHUNKED, Start, Talk, chunk

PIECE = b"data: " + b"x" * 1018


async def test_pieces_arrive_while_the_answer_is_still_going_on(start: Start) -> None:
    go_on = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(CHUNKED + chunk(b"first"))
        await go_on.wait()
        await talk.say(chunk(b"second") + b"0\r\n\r\n")
        await talk.gone()

    upstream = await start(script)
    answer = await upstream.transport.open(upstream.ask())
    pieces = aiter(answer)
    assert await anext(pieces) == b"first"
    go_on.set()
    assert await anext(pieces) == b"second"
    with pytest.raises(StopAsyncIteration):
        await anext(pieces)


async def test_a_slow_reader_slows_the_upstream_and_not_our_memory(start: Start) -> None:
    sent = 0

    async def script(talk: Talk) -> None:
        nonlocal sent
        await talk.request()
        await talk.say(CHUNKED)
        for _ in range(20_000):
            await talk.say(chunk(PIECE))
            sent += len(PIECE)
        await talk.say(b"0\r\n\r\n")
        await talk.gone()

    upstream = await start(script)
    answer = await upstream.transport.open(upstream.ask(total=30, between_chunks=0.2))
    await asyncio.sleep(0.4)  # longer than the chunk timeout: the silence is ours, not the upstream's
    held = sent
    received = 0
    largest = 0
    async for piece in answer:
        received += len(piece)
        largest = max(largest, len(piece))
    assert received == 20_000 * len(PIECE)
    assert largest < 1024 * 1024
    assert held < received / 2, "the upstream was not slowed down"


async def test_aclose_in_the_middle_closes_the_connection_at_once(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(CHUNKED + chunk(b"first"))
        await talk.gone()

    upstream = await start(script)
    answer = await upstream.transport.open(upstream.ask())
    await answer.aclose()
    await asyncio.wait_for(upstream.saw_close.wait(), 1)
    assert await upstream.abandoned()
    await answer.aclose()


async def test_aclose_after_the_end_keeps_the_connection(start: Start) -> None:
    async def script(talk: Talk) -> None:
        while True:
            await talk.request()
            await talk.say(CHUNKED + chunk(b"all") + b"0\r\n\r\n")

    upstream = await start(script)
    for _ in range(3):
        answer = await upstream.transport.open(upstream.ask())
        async for _piece in answer:
            pass
        await answer.aclose()
    assert upstream.connections == 1


async def test_a_late_aclose_does_not_disturb_the_next_call_on_the_connection(start: Start) -> None:
    async def script(talk: Talk) -> None:
        while True:
            await talk.request()
            await talk.say(CHUNKED + chunk(b"a"))
            await asyncio.sleep(0.02)
            await talk.say(chunk(b"b") + b"0\r\n\r\n")

    upstream = await start(script)
    first = await upstream.transport.open(upstream.ask())
    assert await first.read(10) == b"ab"
    second = await upstream.transport.open(upstream.ask())
    await first.aclose()
    assert await second.read(10) == b"ab"
    assert upstream.connections == 1


@pytest.mark.parametrize("words", [b"", CHUNKED, CHUNKED + chunk(b"first")])
async def test_cancelling_the_caller_closes_the_upstream_within_a_second(start: Start, words: bytes) -> None:
    arrived = asyncio.Event()

    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(words)
        arrived.set()
        await talk.gone()

    upstream = await start(script)
    call = asyncio.create_task(upstream.call())
    await arrived.wait()
    await asyncio.sleep(0.02)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await asyncio.wait_for(upstream.saw_close.wait(), 1)
    assert await upstream.abandoned()


async def test_a_second_reader_waiting_is_woken_by_aclose(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(CHUNKED)
        await talk.gone()

    upstream = await start(script)
    answer = await upstream.transport.open(upstream.ask())
    reading = asyncio.create_task(answer.read(10))
    await asyncio.sleep(0)
    await answer.aclose()
    with pytest.raises(BadUpstreamAnswer):
        await reading


async def test_what_came_before_a_break_is_delivered_before_the_error(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(CHUNKED + chunk(b"first"))

    upstream = await start(script)
    answer = await upstream.transport.open(upstream.ask())
    pieces = aiter(answer)
    assert await anext(pieces) == b"first"
    with pytest.raises(BadUpstreamAnswer):
        await anext(pieces)


async def test_two_hundred_streams_at_once_lose_nothing(start: Start) -> None:
    async def script(talk: Talk) -> None:
        while True:
            name = (await talk.request()).partition(b"\r\n\r\n")[2]
            await talk.say(CHUNKED)
            for number in range(20):
                await talk.say(chunk(b"%s:%d;" % (name, number)))
                await asyncio.sleep(0)
            await talk.say(b"0\r\n\r\n")

    upstream = await start(script)

    async def stream(name: bytes) -> None:
        for _ in range(3):
            answer = await upstream.transport.open(upstream.ask(body=name, connect=30, first_byte=30, total=60))
            got = b"".join([piece async for piece in answer])
            assert got == b"".join(b"%s:%d;" % (name, number) for number in range(20))

    await asyncio.gather(*(stream(b"stream-%d" % number) for number in range(200)))
    assert len(upstream.requests) == 600
    assert upstream.connections <= 200
