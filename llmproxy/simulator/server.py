"""The simulator as a server of its own: a thin ASGI application that remembers what arrived."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from hmac import compare_digest
from typing import Any

import orjson

from llmproxy.simulator.answer import answer
from llmproxy.simulator.faults import MOST_SECONDS
from llmproxy.simulator.refusal import Refused
from llmproxy.simulator.response import JSON
from llmproxy.transport.errors import TransportError
from llmproxy.transport.request import Timeouts, UpstreamRequest

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

REMEMBERED = 50
SHOWN_OF_BODY = 64 * 1024  # bytes
MOST_BODY = 64 * 1024 * 1024
PATIENCE = Timeouts(first_byte=86_400.0, between_chunks=2 * MOST_SECONDS, total=86_400.0)


class ConnectionBroken(Exception):
    """Ends the request without ending the answer, upon which the web server closes the connection."""


class Server:
    """`key` is what callers must present; None lets everyone in."""

    def __init__(self, key: str | None = None) -> None:
        self._key = key
        self._requests: deque[dict[str, Any]] = deque(maxlen=REMEMBERED)
        self._disconnects = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request. Raises ConnectionBroken."""
        if scope["type"] != "http":
            return
        if scope["path"] == "/_requests":
            await _whole(send, 200, orjson.dumps(self._seen()))
            return
        body = await _body(receive)
        if body is None:
            self._disconnects += 1
            return
        self._remember(scope, body)
        answering = asyncio.create_task(self._answered(scope, body, send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not answering.done():
                answering.cancel()
                self._disconnects += 1
        if answering.done():
            answering.result()

    async def _answered(self, scope: Message, body: bytes, send: Send) -> None:
        try:
            self._check_key(_header(scope, b"authorization"))
            url = f"simulator://local{scope['path']}"
            request = UpstreamRequest(scope["method"], url, tuple(scope["headers"]), body, PATIENCE)
            upstream = await answer(request)
        except Refused as refused:
            await _whole(send, refused.status, refused.body())
            return
        except TransportError as error:
            raise ConnectionBroken from error
        await send({"type": "http.response.start", "status": upstream.status, "headers": upstream.headers})
        try:
            async for chunk in upstream:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except TransportError as error:
            raise ConnectionBroken from error
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _check_key(self, given: str) -> None:
        """As OpenAI, the message quotes a part of the wrong key: leak tests need something to find."""
        if self._key is None:
            return
        key = given.removeprefix("Bearer ").strip()
        if not key:
            raise Refused("You didn't provide an API key. You need to provide your API key in an Authorization header "
                          "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).", status=401)  # fmt: skip
        if not compare_digest(key.encode(), self._key.encode()):
            shown = f"{key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}"
            message = f"Incorrect API key provided: {shown}."
            raise Refused(message, status=401, code="invalid_api_key")

    def _remember(self, scope: Message, body: bytes) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self._requests.append(
            {
                "method": scope["method"],
                "path": scope["path"],
                "headers": headers,
                "body": body[:SHOWN_OF_BODY].decode("utf-8", "replace"),
                "body_bytes": len(body),
            }
        )

    def _seen(self) -> dict[str, Any]:
        return {"requests": list(self._requests), "disconnects": self._disconnects}


async def _whole(send: Send, status: int, body: bytes) -> None:
    headers = [*JSON, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _body(receive: Receive) -> bytes | None:
    """The request's body; None if the client left or sends too much."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BODY:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _header(scope: Message, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")
