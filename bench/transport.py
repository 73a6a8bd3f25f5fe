"""Cost of one upstream exchange in the data plane's HTTP client, without anything else of the gateway around it.

    PYTHONPATH=. python bench/transport.py [--seconds 3]

A plain asyncio server in a second process answers 900 bytes, or 100 chunks of 200 bytes; the figures are the
client process's own CPU time. aiohttp runs beside it where it is installed.
"""

import argparse
import asyncio
import multiprocessing
import resource
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec
from multiprocessing.connection import Connection

import uvloop

from accounts.egress import EgressPolicy
from llmproxy.transport import Timeouts, Transport, UpstreamRequest

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: today\r\nContent-Length: 900\r\n\r\n" + b"x" * 900
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
PIECE = b"c8\r\n" + b"y" * 200 + b"\r\n"
BODY = b'{"model":"m","messages":[{"role":"user","content":"' + b"z" * 380 + b'"}]}'
HEADERS = ((b"content-type", b"application/json"), (b"authorization", b"Bearer key"), (b"x-request-id", b"0" * 32))


class Server(asyncio.Protocol):
    """Takes every segment for a whole request, which on a loopback with small requests it is."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if b" /stream " in data[:40]:
            self.transport.write(STREAM_HEAD)
            self.left = 100
            self.more()
        else:
            self.transport.write(PLAIN)

    def more(self) -> None:
        self.left -= 1
        self.transport.write(PIECE if self.left else PIECE + b"0\r\n\r\n")
        if self.left:
            asyncio.get_running_loop().call_soon(self.more)


def serve(report: Connection) -> None:
    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", 0)
        report.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(run())


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def measure(name: str, call: Callable[[], Awaitable[int]], parallel: int, seconds: float, size: int) -> None:
    """Prints exchanges per second and CPU microseconds per exchange; a wrong size stops the run."""
    done = 0
    end = time.monotonic() + seconds

    async def worker() -> None:
        nonlocal done
        while time.monotonic() < end:
            if await call() != size:
                raise RuntimeError("A body was not whole.")
            done += 1

    await call()
    done, cpu, began = 0, cpu_seconds(), time.monotonic()
    await asyncio.gather(*(worker() for _ in range(parallel)))
    elapsed, used = time.monotonic() - began, cpu_seconds() - cpu
    print(f"{name:28} x{parallel:<4} {done / elapsed:9.0f} /s {used / done * 1e6:9.1f} us CPU", flush=True)


async def ours(base: str, port: int, seconds: float) -> None:
    transport = Transport(EgressPolicy([f"127.0.0.1:{port}"]))

    def request(path: str) -> UpstreamRequest:
        return UpstreamRequest("POST", base + path, HEADERS, BODY, Timeouts())

    async def plain() -> int:
        answer = await transport.open(request("/v1/chat/completions"))
        return len(await answer.read(1_000_000))

    async def stream() -> int:
        answer = await transport.open(request("/stream"))
        return sum([len(piece) async for piece in answer])

    for parallel in (1, 50):
        await measure("own client, 900 B", plain, parallel, seconds, 900)
    await measure("own client, 100 chunks", stream, 50, seconds, 20_000)
    await transport.close()


async def aiohttp_beside(base: str, seconds: float) -> None:
    aiohttp = import_module("aiohttp")  # not a dependency: only where somebody installed it
    async with aiohttp.ClientSession(headers={name.decode(): value.decode() for name, value in HEADERS}) as session:

        async def plain() -> int:
            async with session.post(base + "/v1/chat/completions", data=BODY) as answer:
                return len(await answer.read())

        for parallel in (1, 50):
            await measure("aiohttp, 900 B", plain, parallel, seconds, 900)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    seconds = parser.parse_args().seconds
    receiver, sender = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(sender,), daemon=True)
    server.start()
    port = receiver.recv()
    base = f"http://127.0.0.1:{port}"
    uvloop.run(ours(base, port, seconds))
    if find_spec("aiohttp"):
        uvloop.run(aiohttp_beside(base, seconds))
    server.terminate()


if __name__ == "__main__":
    main()
