"""The stand-alone server, under a real web server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn

from llmproxy.simulator.server import Server

KEY = "sk-simulator-0123456789"
BODY = b'{"model":"simulator-chat%b","stream":true,"messages":[{"role":"user","content":"hi"}]}'


@asynccontextmanager
async def running() -> AsyncIterator[int]:
    config = uvicorn.Config(Server(KEY), port=0, lifespan="off", access_log=False, log_level="critical")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def call(port: int, path: str, body: bytes = b"", key: str = KEY, most: int = -1) -> bytes:
    """The bytes of the answer, the first `most` of them if that is given."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
    head += f"authorization: Bearer {key}\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = await (reader.read(most) if most > 0 else reader.read())
    writer.close()
    await writer.wait_closed()
    return answer


async def test_it_streams_and_shows_what_arrived() -> None:
    async with running() as port:
        assert b"[DONE]" in await call(port, "/v1/chat/completions", BODY % b"")
        assert KEY.encode() in await call(port, "/_requests")


@pytest.mark.parametrize("key", ["sk-wrong-key-12345678", ""])
async def test_it_refuses_the_stranger(key: str) -> None:
    async with running() as port:
        answer = await call(port, "/v1/models", key=key)
        assert answer.startswith(b"HTTP/1.1 401") and key[:8].encode() in answer


async def test_a_reset_leaves_the_answer_unfinished() -> None:
    async with running() as port:
        answer = await call(port, "/v1/chat/completions", BODY % b"+reset=2")
        assert b"200 OK" in answer and not answer.endswith(b"0\r\n\r\n")


async def test_it_counts_clients_that_leave() -> None:
    async with running() as port:
        await call(port, "/v1/chat/completions", BODY % b"+rate=50", most=200)
        for _ in range(100):
            if b'"disconnects":1' in await call(port, "/_requests"):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the disconnect was not counted")
