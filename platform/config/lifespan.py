"""Start and stop of a web process: load what the data plane answers from before the first request, stop in order."""

import asyncio
import gc
import os
import signal

import structlog
from django.db import connections

from accounts.apps import AccountsConfig
from audit.apps import AuditConfig
from config.processes.leash import end_with_parent
from config.processes.table import SUPERVISED
from llmproxy.apps import LlmproxyConfig
from llmproxy.gateway.body import Receive, Send
from llmproxy.pipeline import admission, shadowing

logger = structlog.get_logger(__name__)
# Fewer, larger collections: at saturation the default thresholds cost tail latency (measured with bench/).
GC_THRESHOLDS = (50_000, 50, 100)


async def run(receive: Receive, send: Send) -> None:
    """The ASGI lifespan protocol."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await _start(send)
        elif message["type"] == "lifespan.shutdown":
            await _stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _start(send: Send) -> None:
    if os.environ.get(SUPERVISED):
        # The server forks its workers: killed, it would leave them on the port, and the next start would fail.
        end_with_parent(signal.SIGKILL)
    try:
        await asyncio.to_thread(load)
    except Exception as error:  # the outermost boundary of the start: the server prints it and exits
        logger.exception("web.start_failed")
        await send({"type": "lifespan.startup.failed", "message": f"{type(error).__name__}: {error}"})
        return
    LlmproxyConfig.current().spreader.start()
    settle_memory()
    await send({"type": "lifespan.startup.complete"})


def load() -> None:
    """Load identities and configuration, then follow changes; ship what is recorded."""
    _ = LlmproxyConfig.current().runtime  # subscribes to the watcher, whose first look loads everything
    try:
        AccountsConfig.current().watcher.start()
    finally:
        connections.close_all()
    AccountsConfig.current().last_used.start()
    AccountsConfig.current().key_wishes.start()
    AuditConfig.current().shipper.start()


def settle_memory() -> None:
    """What start-up made lives as long as the process: the collector need not look at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


async def _stop() -> None:
    await LlmproxyConfig.current().spreader.stop()
    await shadowing.stop(LlmproxyConfig.current().runtime)
    await admission.close(LlmproxyConfig.current().runtime)
    await LlmproxyConfig.current().runtime.slots.close()
    await LlmproxyConfig.current().runtime.transport.close()
    await AccountsConfig.current().shared_store.close()
    await asyncio.to_thread(AccountsConfig.current().watcher.stop)
    await asyncio.to_thread(AccountsConfig.current().last_used.stop)
    await asyncio.to_thread(AccountsConfig.current().key_wishes.stop)
    await asyncio.to_thread(AuditConfig.current().shipper.stop)
