"""Every test in here runs on asyncio's own loop and on uvloop: their transports differ in details that matter."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest_asyncio
import uvloop

from tests.llmproxy.transport.upstream import Script, Start, Upstream


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest_asyncio.fixture
async def start() -> AsyncIterator[Start]:
    """Starts upstreams that run a script; stops them, and their transports, after the test."""
    async with AsyncExitStack() as stack:

        async def start_upstream(script: Script) -> Upstream:
            upstream = Upstream(script)
            await upstream.start()
            stack.push_async_callback(upstream.stop)
            return upstream

        yield start_upstream
