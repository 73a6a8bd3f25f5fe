"""The door: open() a request, get its answer."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from accounts.egress import EgressPolicy
from llmproxy.transport.connector import IDLE_SECONDS, Connector, default_ssl_context
from llmproxy.transport.errors import StaleConnection, TotalTimeout
from llmproxy.transport.exchange import Exchange
from llmproxy.transport.pool import Pool
from llmproxy.transport.rendering import render_head
from llmproxy.transport.request import UpstreamRequest
from llmproxy.transport.resolver import Resolver
from llmproxy.transport.response import UpstreamResponse
from llmproxy.transport.target import Target, parse_target

InProcess = Callable[[UpstreamRequest], Awaitable[UpstreamResponse]]

MAX_TARGETS: Final = 1024


class Transport:
    """One per event loop. `schemes` mounts in-process upstreams by URL scheme; everything else is http or https.

    `ssl_context` replaces the default one (system authorities, TLS 1.2 or newer), for a private authority.
    """

    def __init__(
        self, egress: EgressPolicy, schemes: Mapping[str, InProcess] | None = None, *,
        ssl_context: ssl.SSLContext | None = None, idle_seconds: float = IDLE_SECONDS,
    ) -> None:  # fmt: skip
        self._schemes = dict(schemes or {})
        self._pool = Pool()
        context = ssl_context or default_ssl_context()
        self._connector = Connector(Resolver(egress), self._pool, context, idle_seconds)
        self._targets: dict[str, Target] = {}

    async def open(self, request: UpstreamRequest) -> UpstreamResponse:
        """Returns when the head of the answer is there; redirects are answers like any other.

        Raises TransportError; its BadUpstreamRequest, before anything is sent, is a ValueError too.
        """
        in_process = self._schemes.get(request.url.partition(":")[0])
        if in_process is not None:
            return await in_process(request)
        target = self._target(request.url)
        head = render_head(request, target)
        total_at = asyncio.get_running_loop().time() + request.timeouts.total
        try:
            exchange = await self._send_on_kept(request, target, head, total_at)
        except StaleConnection:
            exchange = None
        return exchange or await self._send_on_new(request, target, head, total_at)

    async def close(self) -> None:
        """Closes all connections, those in use too."""
        self._pool.close()

    @property
    def pool(self) -> Pool:
        """For figures and tests."""
        return self._pool

    async def _send_on_kept(
        self, request: UpstreamRequest, target: Target, head: bytes, total_at: float
    ) -> Exchange | None:
        connection = self._pool.take(target.key)
        if connection is None:
            return None
        exchange = connection.send(
            head, request.body, head_only=request.method == "HEAD", timeouts=request.timeouts, total_at=total_at
        )
        await exchange.head()
        return exchange

    async def _send_on_new(self, request: UpstreamRequest, target: Target, head: bytes, total_at: float) -> Exchange:
        left = total_at - asyncio.get_running_loop().time()
        if left <= 0:
            raise TotalTimeout
        connection = await self._connector.connect(target.key, min(request.timeouts.connect, left))
        exchange = connection.send(
            head, request.body, head_only=request.method == "HEAD", timeouts=request.timeouts, total_at=total_at
        )
        await exchange.head()
        return exchange

    def _target(self, url: str) -> Target:
        target = self._targets.get(url)
        if target is None:
            if len(self._targets) >= MAX_TARGETS:
                self._targets.clear()
            target = self._targets[url] = parse_target(url)
        return target
