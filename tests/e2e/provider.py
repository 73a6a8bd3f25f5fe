"""A provider whose behaviour is chosen by the model that it is asked for. A real server on loopback, in a thread."""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

CANARY = "sk-canary-5f1c0ffee"
BLOCK = "x" * 32_000
HOSTILE_HEADERS = (
    "set-cookie: canary=1\r\nserver: canary\r\nopenai-organization: canary\r\nwww-authenticate: canary\r\n"
    "access-control-allow-origin: *\r\nalt-svc: canary\r\nx-tenant: canary\r\n"
)


@dataclass
class Seen:
    """What the provider noticed: how its streams ended and what arrived."""

    started: int = 0
    cancelled_at: list[float] = field(default_factory=list)
    requests: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    blocks_written: int = 0


class Connection:
    """One request being answered."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Seen) -> None:
        self.reader, self.writer, self.seen = reader, writer, seen

    async def answer(self, body: bytes, status: str = "200 OK", headers: str = "") -> None:
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {len(body)}\r\n\r\n"
        self.writer.write(head.encode() + body)
        await self.writer.drain()

    async def begin_stream(self, headers: str = "") -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n{headers}transfer-encoding: chunked\r\n\r\n"
        self.writer.write(head.encode())
        await self.writer.drain()

    async def event(self, text: str) -> None:
        chunk = {"id": "c", "object": "chat.completion.chunk", "model": "m", "created": 1}
        chunk["choices"] = [{"index": 0, "delta": {"content": text}, "finish_reason": None}]
        await self.raw_event(json.dumps(chunk))

    async def raw_event(self, data: str) -> None:
        payload = f"data: {data}\n\n".encode()
        self.writer.write(b"%x\r\n%b\r\n" % (len(payload), payload))
        await self.writer.drain()

    async def end_stream(self) -> None:
        await self.raw_event("[DONE]")
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()


async def whole(connection: Connection) -> None:
    """An ordinary answer with headers that a client must not see."""
    message = {"role": "assistant", "content": "hello"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
    body = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices, "usage": usage}
    await connection.answer(json.dumps(body).encode(), headers=HOSTILE_HEADERS)


async def refuse(connection: Connection) -> None:
    """OpenAI's own 401 quotes part of the key."""
    error = {"error": {"message": f"Incorrect API key provided: {CANARY}", "type": "invalid_request_error"}}
    await connection.answer(json.dumps(error).encode(), "401 Unauthorized", HOSTILE_HEADERS)


async def stay_silent(connection: Connection) -> None:
    """Accepts and says nothing."""
    await connection.reader.read()


async def stall(connection: Connection) -> None:
    """Begins an answer and falls silent."""
    await connection.begin_stream()
    await connection.event("begun")
    await connection.reader.read()


async def dawdle(connection: Connection) -> None:
    """A chunk every three seconds for a minute: nearly always silent, never for too long."""
    await connection.begin_stream()
    gone = asyncio.ensure_future(connection.reader.read())
    for number in range(20):
        if gone.done():
            break
        await connection.event(str(number))
        await asyncio.wait({gone}, timeout=3)


async def think(connection: Connection) -> None:
    """Begins a stream, thinks for three seconds, then speaks."""
    await connection.begin_stream()
    await connection.event("one")
    await asyncio.sleep(3)
    await connection.event("two")
    await connection.end_stream()


async def drip(connection: Connection) -> None:
    """A chunk every 50 ms for a minute; notes when the other side leaves."""
    connection.seen.started += 1
    await connection.begin_stream()
    gone = asyncio.ensure_future(connection.reader.read())
    for number in range(1200):
        if gone.done():
            break
        await connection.event(str(number))
        await asyncio.wait({gone}, timeout=0.05)
    connection.seen.cancelled_at.append(asyncio.get_running_loop().time())


async def flood(connection: Connection) -> None:
    """200 MB as fast as they are taken; counts the blocks that were."""
    await connection.begin_stream()
    for _ in range(6400):
        await connection.event(BLOCK)
        connection.seen.blocks_written += 1
    await connection.end_stream()


async def cut(connection: Connection) -> None:
    """Ends in the middle of a chunked answer."""
    await connection.begin_stream()
    await connection.event("one")
    connection.writer.transport.abort()


BEHAVIOURS: dict[str, Callable[[Connection], Awaitable[None]]] = {
    "whole": whole,
    "refuse": refuse,
    "silent": stay_silent,
    "stall": stall,
    "dawdle": dawdle,
    "think": think,
    "drip": drip,
    "flood": flood,
    "cut": cut,
}


class Provider:
    """The server. `port` is known once `start` returned."""

    def __init__(self) -> None:
        self.seen = Seen()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="e2e-provider", daemon=True)
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        self._ready.wait(10)

    def stop(self) -> None:
        """End every answer and the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def now(self) -> float:
        """The clock of `cancelled_at`, seconds."""
        return self._loop.time()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._welcome, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.close()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
            body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))))
            self.seen.requests.append((headers, body))
            await BEHAVIOURS[body["model"]](Connection(reader, writer, self.seen))
