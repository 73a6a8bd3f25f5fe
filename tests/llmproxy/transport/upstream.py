"""A real upstream on a loopback socket that says, byte for byte, what a test wants it to say."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from accounts.egress import EgressPolicy
from llmproxy.transport import Timeouts, Transport, UpstreamRequest

Script = Callable[["Talk"], Awaitable[None]]


@dataclass
class Talk:
    """One connection, seen from the upstream."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int  # of the connection, from 1
    upstream: "Upstream"

    async def request(self) -> bytes:
        """The next request, head and body. Raises IncompleteReadError when the client is gone."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        whole = head + await self.reader.readexactly(length)
        self.upstream.requests.append(whole)
        return whole

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def gone(self) -> None:
        """Returns when the client has closed."""
        try:
            while await self.reader.read(65536):
                pass
        except ConnectionError:
            pass
        self.upstream.saw_close.set()


@dataclass
class Upstream:
    script: Script
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    saw_close: asyncio.Event = field(default_factory=asyncio.Event)
    server_names: list[str | None] = field(default_factory=list)  # that TLS clients asked for
    policy: EgressPolicy = field(init=False)
    transport: Transport = field(init=False)
    port: int = field(init=False)
    _server: asyncio.Server = field(init=False)
    _running: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, context: ssl.SSLContext | None = None, trust: ssl.SSLContext | None = None) -> None:
        """Listens, and makes a transport that may call it by address and as "localhost"."""
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=context)
        self.port = int(self._server.sockets[0].getsockname()[1])
        self.policy = EgressPolicy([f"127.0.0.1:{self.port}", f"localhost:{self.port}"])
        self.transport = Transport(self.policy, ssl_context=trust)

    async def stop(self) -> None:
        await self.transport.close()
        self._server.close()
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def ask(
        self, *, method: str = "POST", url: str = "", body: bytes = b"{}",
        headers: tuple[tuple[bytes, bytes], ...] = (),
        connect: float = 2.0, first_byte: float = 2.0, between_chunks: float = 2.0, total: float = 5.0,
    ) -> UpstreamRequest:  # fmt: skip
        timeouts = Timeouts(connect, first_byte, between_chunks, total)
        return UpstreamRequest(method, url or f"http://127.0.0.1:{self.port}/v1/x", headers, body, timeouts)

    async def call(self, request: UpstreamRequest | None = None) -> bytes:
        answer = await self.transport.open(request or self.ask())
        return await answer.read(10_000_000)

    async def abandoned(self) -> bool:
        """Whether the transport has let go of every connection; the loop needs a turn for it."""
        for _ in range(100):
            if not self.transport.pool.living_count:
                return True
            await asyncio.sleep(0.01)
        return False

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        self.connections += 1
        try:
            await self.script(Talk(reader, writer, self.connections, self))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # asyncio's streams would log the cancellation as an error
        finally:
            self._running.discard(task)
            writer.transport.abort()


Start = Callable[[Script], Awaitable[Upstream]]


def saying(answer: bytes, *, close: bool = False) -> Script:
    """Answers every request with the same bytes; then closes, or waits for the next request."""

    async def script(talk: Talk) -> None:
        while True:
            await talk.request()
            await talk.say(answer)
            if close:
                talk.writer.close()
                await talk.writer.wait_closed()
                return

    return script


def ok(body: bytes = b"hello") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)
