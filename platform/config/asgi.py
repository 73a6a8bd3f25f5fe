"""The ASGI entry: gateway paths to the lean handler, everything else to Django's own. Any ASGI server runs it."""

import os
from contextlib import suppress
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.handlers.asgi import ASGIHandler  # noqa: E402 (apps must be loaded first)

from accounts.errors import GatehouseError  # noqa: E402
from config import guard, lean, lifespan  # noqa: E402
from config.control_threads import ControlThreads  # noqa: E402
from llmproxy.errors import BadRequest  # noqa: E402
from llmproxy.gateway.body import ClientGone, Message, Receive, Send  # noqa: E402


class Entry:
    """Sends each connection to the plane that it belongs to."""

    def __init__(self) -> None:
        self._gateway = lean.GatewayRoutes("llmproxy.urls")
        self._control = ASGIHandler()
        self._threads = ControlThreads()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if (match := self._gateway.match(scope["path"])) is not None:
                await lean.handle(match, scope, receive, send)
            else:
                await self._controlled(scope, receive, send)
        elif scope["type"] == "lifespan":
            await lifespan.run(receive, send)
        else:
            await _refuse_socket(send)

    async def _controlled(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            bounded = await guard.guarded(scope, receive)
        except GatehouseError as error:
            await guard.refuse(error, scope["path"], send)
        except ClientGone:
            with suppress(OSError, RuntimeError):  # perhaps nobody listens any more
                await guard.refuse(BadRequest("The body could not be read."), scope["path"], send)
        else:
            async with self._threads.one():
                await self._control.handle(scope, bounded, send)  # type: ignore[arg-type]


async def _refuse_socket(send: Send) -> None:
    """No endpoint speaks WebSocket; closing before accepting answers the handshake with 403."""
    message: Message = {"type": "websocket.close", "code": 1000}
    await send(message)


application = Entry()
