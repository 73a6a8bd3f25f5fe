import asyncio

import pytest

from llmproxy.transport.errors import BadUpstreamAnswer, ConnectFailed
from tests.llmproxy.transport.upstream import CHUNKED, Start, Talk, chunk, ok, saying


async def test_one_connection_serves_many_calls(start: Start) -> None:
    upstream = await start(saying(ok()))
    for _ in range(20):
        assert await upstream.call() == b"hello"
    assert upstream.connections == 1
    assert upstream.transport.pool.idle_count == 1


async def test_calls_at_the_same_time_get_their_own_connections(start: Start) -> None:
    upstream = await start(saying(ok()))
    assert await asyncio.gather(*(upstream.call() for _ in range(5))) == [b"hello"] * 5
    assert upstream.connections == 5


async def test_a_connection_is_not_shared_before_its_answer_is_complete(start: Start) -> None:
    more = asyncio.Event()

    async def script(talk: Talk) -> None:
        while True:
            await talk.request()
            await talk.say(CHUNKED + chunk(b"%d" % talk.number))
            await more.wait()
            await talk.say(chunk(b"!") + b"0\r\n\r\n")

    upstream = await start(script)
    first = await upstream.transport.open(upstream.ask())
    second = await upstream.transport.open(upstream.ask())
    assert upstream.transport.pool.idle_count == 0
    more.set()
    assert [await first.read(100), await second.read(100)] == [b"1!", b"2!"]
    assert upstream.transport.pool.idle_count == 2


@pytest.mark.parametrize("answer", [
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello",
])  # fmt: skip
async def test_a_connection_that_the_upstream_ends_is_not_kept(start: Start, answer: bytes) -> None:
    upstream = await start(saying(answer))
    assert [await upstream.call(), await upstream.call()] == [b"hello", b"hello"]
    assert upstream.connections == 2


async def test_a_kept_connection_closed_meanwhile_is_replaced_unseen(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(ok())
        if talk.number > 1:
            await talk.gone()
        await talk.reader.read(1)  # the second request arrives, and the connection breaks without an answer
        talk.writer.transport.abort()

    upstream = await start(script)
    assert [await upstream.call(), await upstream.call()] == [b"hello", b"hello"]
    assert upstream.connections == 2


async def test_a_new_connection_that_breaks_is_not_tried_again(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()

    upstream = await start(script)
    with pytest.raises(BadUpstreamAnswer):
        await upstream.call()
    assert upstream.connections == 1


async def test_a_kept_connection_that_breaks_after_the_first_byte_is_not_tried_again(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(ok())
        await talk.request()
        await talk.say(b"H")

    upstream = await start(script)
    await upstream.call()
    with pytest.raises(BadUpstreamAnswer):
        await upstream.call()
    assert len(upstream.requests) == 2


async def test_a_kept_connection_that_worked_on_the_request_is_not_tried_again(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llmproxy.transport.connection.STALE_SECONDS", -1.0)

    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(ok())
        await talk.request()

    upstream = await start(script)
    await upstream.call()
    with pytest.raises(BadUpstreamAnswer):
        await upstream.call()
    assert len(upstream.requests) == 2


async def test_bytes_after_the_answer_do_not_become_the_next_answer(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say((ok(b"mine") + ok(b"smuggled")) if talk.number == 1 else ok(b"clean"))
        await talk.gone()

    upstream = await start(script)
    assert [await upstream.call(), await upstream.call()] == [b"mine", b"clean"]


async def test_bytes_on_an_idle_connection_end_it(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(ok(b"mine"))
        if talk.number == 1:
            await asyncio.sleep(0.05)
            await talk.say(ok(b"smuggled"))
        await talk.gone()

    upstream = await start(script)
    assert await upstream.call() == b"mine"
    await asyncio.wait_for(upstream.saw_close.wait(), 2)
    assert await upstream.abandoned()
    assert await upstream.call() == b"mine"


async def test_an_answer_before_the_request_was_read_ends_the_connection(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.reader.readuntil(b"\r\n\r\n")
        await talk.say(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
        await asyncio.sleep(2)

    upstream = await start(script)
    assert await upstream.call(upstream.ask(body=b"x" * 20_000_000)) == b"big"
    assert upstream.transport.pool.idle_count == 0


async def test_close_ends_idle_and_busy_connections(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(CHUNKED + chunk(b"a"))
        await talk.gone()

    upstream = await start(script)
    answer = await upstream.transport.open(upstream.ask())
    await upstream.transport.close()
    with pytest.raises(BadUpstreamAnswer):
        await answer.read(100)
    await asyncio.wait_for(upstream.saw_close.wait(), 2)


async def test_nobody_listening_is_a_retryable_failure_without_the_address(start: Start) -> None:
    upstream = await start(saying(ok()))
    upstream._server.close()
    with pytest.raises(ConnectFailed) as failure:
        await upstream.call()
    assert failure.value.retryable
    assert str(upstream.port) not in str(failure.value)
    assert "127.0.0.1" not in str(failure.value)
