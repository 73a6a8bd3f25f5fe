"""A tap between the product and a service: open, paused (nothing comes through), or cut (nobody is there)."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import urlsplit

PIECE = 65536
Got = TypeVar("Got")


class Valve:
    """Forwards TCP connections to one address, on a port of its own.

    Attributes:
        asked: how many pieces went to the service: of a database, about as many as there were statements.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._open = asyncio.Event()
        self.asked = 0
        self.port = 0

    @classmethod
    def before(cls, url: str, default_port: int) -> "Valve":
        """Of the service at a URL."""
        parts = urlsplit(url)
        return cls(parts.hostname or "127.0.0.1", parts.port or default_port)

    def instead(self, url: str) -> str:
        """The URL of the same service through this valve."""
        parts = urlsplit(url)
        user, at, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{user}{at}127.0.0.1:{self.port}").geturl()

    def start(self) -> None:
        """Open."""
        self._thread.start()
        self._run(self._listen())

    def stop(self) -> None:
        """For good."""
        self._run(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def pause(self) -> None:
        """Connections stay; nothing comes through any more."""
        self._loop.call_soon_threadsafe(self._open.clear)

    def resume(self) -> None:
        """What waited goes on."""
        self._loop.call_soon_threadsafe(self._open.set)

    def cut(self) -> None:
        """As if the service had been killed."""
        self._run(self._cut())

    def mend(self) -> None:
        """It is there again."""
        self._run(self._listen())

    def _run(self, work: Coroutine[Any, Any, Got]) -> Got:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _listen(self) -> None:
        self._open.set()
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0.05)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, away = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, away}
        with suppress(OSError, asyncio.CancelledError):
            await asyncio.gather(self._pump(reader, away, counts=True), self._pump(there, writer))
        self._writers -= {writer, away}

    async def _pump(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, *, counts: bool = False) -> None:
        try:
            while piece := await source.read(PIECE):
                await self._open.wait()
                self.asked += counts
                to.write(piece)
                await to.drain()
        finally:
            to.close()
