import asyncio

import pytest

from llmproxy.transport.errors import AnswerTooLarge, BadUpstreamAnswer
from tests.llmproxy.transport.upstream import CHUNKED, Start, Talk, chunk, ok, saying

HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (ok(b""), b""),
        (ok(b"hello"), b"hello"),
        (CHUNKED + chunk(b"hel") + chunk(b"lo") + b"0\r\n\r\n", b"hello"),
        (CHUNKED + b"3;ext=1\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n", b"hello"),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + ok(), b"hello"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", b""),
        (HEAD + b"Content-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    ],
)
async def test_an_answer_is_read_whole_however_it_is_cut(start: Start, answer: bytes, body: bytes) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(answer)
        await talk.request()
        for byte in answer:
            await talk.say(bytes([byte]))
            await asyncio.sleep(0)
        await talk.gone()

    upstream = await start(script)
    assert [await upstream.call(), await upstream.call()] == [body, body]
    assert upstream.connections == 1


async def test_an_answer_without_length_ends_with_the_connection(start: Start) -> None:
    upstream = await start(saying(HEAD + b"\r\nuntil the end", close=True))
    assert await upstream.call() == b"until the end"
    assert await upstream.abandoned()


async def test_a_head_request_has_no_body(start: Start) -> None:
    upstream = await start(saying(HEAD + b"Content-Length: 5\r\n\r\n"))
    assert await upstream.call(upstream.ask(method="HEAD", body=b"")) == b""


async def test_status_and_headers_arrive_in_lower_case_and_trimmed(start: Start) -> None:
    upstream = await start(saying(b"HTTP/1.1 418 Teapot\r\nX-One:  a b \t\r\nx-Two:\r\nContent-Length: 0\r\n\r\n"))
    answer = await upstream.transport.open(upstream.ask())
    assert answer.status == 418
    assert answer.headers == [(b"x-one", b"a b"), (b"x-two", b""), (b"content-length", b"0")]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_not_followed(start: Start, status: int) -> None:
    victim = await start(saying(ok(b"secret")))
    location = f"http://127.0.0.1:{victim.port}/".encode()
    upstream = await start(saying(b"HTTP/1.1 %d X\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, location)))
    answer = await upstream.transport.open(upstream.ask())
    assert answer.status == status
    assert victim.connections == 0


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\x01\x02\x03",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        HEAD + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        HEAD + b"Content-Length: 5, 5\r\n\r\nhello",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: +5\r\n\r\nhello",
        HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"Transfer-Encoding: identity\r\n\r\nhello",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        HEAD + b"A: b\r\n folded\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"A : b\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"A: b\x00c\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"A: b\rc\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"A: " + b"x" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n",
        HEAD + b"A: b\r\n" * 20_000 + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        CHUNKED + b"zz\r\nhello\r\n",
        CHUNKED + b"5\r\nhelloX\r\n0\r\n\r\n",
        CHUNKED + b"5;" + b"e" * 200_000,
        CHUNKED + b"ffffffffffffffffff\r\nx",
        CHUNKED + chunk(b"a") + b"0\r\n" + b"T: x\r\n" * 50_000 + b"\r\n",
        HEAD + b"Content-Length: 6\r\n\r\nhello",
        CHUNKED + chunk(b"hello"),
        CHUNKED,
        HEAD + b"Content-Len",
        b"",
    ],
)
async def test_a_hostile_or_broken_answer_is_one_clear_error(start: Start, answer: bytes) -> None:
    upstream = await start(saying(answer, close=True))
    with pytest.raises(BadUpstreamAnswer):
        await upstream.call()
    assert upstream.connections == 1
    assert upstream.transport.pool.idle_count == 0


async def test_an_announced_body_over_the_limit_is_not_even_read(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(HEAD + b"Content-Length: 1000000000\r\n\r\n")
        await talk.gone()

    upstream = await start(script)
    answer = await upstream.transport.open(upstream.ask())
    with pytest.raises(AnswerTooLarge):
        await answer.read(1000)
    await asyncio.wait_for(upstream.saw_close.wait(), 1)


async def test_a_body_that_grows_over_the_limit_is_cut(start: Start) -> None:
    async def script(talk: Talk) -> None:
        await talk.request()
        await talk.say(CHUNKED)
        while True:
            await talk.say(chunk(b"x" * 1000))

    upstream = await start(script)
    answer = await upstream.transport.open(upstream.ask())
    with pytest.raises(AnswerTooLarge):
        await answer.read(50_000)
    assert upstream.transport.pool.idle_count == 0


@pytest.mark.parametrize(("limit", "fits"), [(5, True), (4, False)])
async def test_the_limit_is_exact(start: Start, limit: int, fits: bool) -> None:
    upstream = await start(saying(ok(b"hello")))
    answer = await upstream.transport.open(upstream.ask())
    if fits:
        assert await answer.read(limit) == b"hello"
    else:
        with pytest.raises(AnswerTooLarge):
            await answer.read(limit)
