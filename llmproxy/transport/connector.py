"""Opens connections, to checked addresses only; TLS always verifies the certificate against the name."""

import asyncio
import ssl
from typing import Final

from llmproxy.transport.connection import Connection, Key
from llmproxy.transport.errors import ConnectFailed, ConnectTimeout, TlsFailed
from llmproxy.transport.pool import Pool
from llmproxy.transport.resolver import Resolver

IDLE_SECONDS: Final = 30.0


def default_ssl_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


class Connector:
    def __init__(self, resolver: Resolver, pool: Pool, context: ssl.SSLContext, idle_seconds: float) -> None:
        self._resolver = resolver
        self._pool = pool
        self._context = context
        self._idle_seconds = idle_seconds

    async def connect(self, key: Key, seconds: float) -> Connection:
        """Resolving, TCP and TLS within `seconds`. Raises ConnectTimeout, ConnectFailed, TlsFailed, EgressDenied."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        try:
            async with asyncio.timeout_at(end):
                addresses = await self._resolver.resolve(key)
                return await self._first_that_answers(loop, key, addresses, end)
        except TimeoutError as error:
            raise ConnectTimeout from error

    async def _first_that_answers(
        self, loop: asyncio.AbstractEventLoop, key: Key, addresses: tuple[str, ...], end: float
    ) -> Connection:
        """A dead address gets its share of the time left, not all of it: broken IPv6 must not hide working IPv4."""
        failure: Exception = ConnectFailed()
        for position, address in enumerate(addresses):
            share = (end - loop.time()) / (len(addresses) - position)
            try:
                async with asyncio.timeout(share):
                    return await self._connect_to(loop, key, address)
            except ssl.SSLError as error:
                failure = TlsFailed()
                failure.__cause__ = error
            except TimeoutError:
                failure = ConnectTimeout()
            except OSError as error:
                failure = ConnectFailed()
                failure.__cause__ = error
        raise failure

    async def _connect_to(self, loop: asyncio.AbstractEventLoop, key: Key, address: str) -> Connection:
        scheme, host, port = key

        def protocol() -> Connection:
            return Connection(loop, key, self._idle_seconds, self._pool.give_back, self._pool.forget)

        if scheme == "https":
            _, connection = await loop.create_connection(
                protocol, address, port, ssl=self._context, server_hostname=host
            )
        else:
            _, connection = await loop.create_connection(protocol, address, port)
        if not connection.usable:
            raise ConnectionResetError  # accepted, and closed before we could say a word
        self._pool.add(connection)
        return connection
