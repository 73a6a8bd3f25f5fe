"""Answering a request that carries a key: from what was kept, or anew and keeping it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog

from accounts.single_use import StoreAway
from llmproxy.caching.sealed import Kept
from llmproxy.gateway.body import Message, Send
from llmproxy.gateway.request import GatewayRequest
from llmproxy.gateway.response import Deliverable, GatewayResponse
from llmproxy.idempotency.claims import MOST_BYTES, Claim, Claims
from llmproxy.pipeline import records

HEADER = "idempotency-key"
REPLAYED = (b"idempotency-replayed", b"true")

logger = structlog.get_logger(__name__)


async def once(
    claims: Claims, request: GatewayRequest, body_limit: int, answering: Callable[[], Awaitable[Deliverable]]
) -> Deliverable:
    """The answer of `answering`, or the one that was given before.

    Raises:
        GatehouseError: of the key (see Claims.take), of the body, or what `answering` raises; then the key is free.
    """
    principal = request.principal
    body = request.kept_body = await request.body(body_limit)
    path = f"{request.path}?{request.query_string.decode('latin-1')}"
    taken = await claims.take(principal, request.headers[HEADER], (request.method, path, body))
    if isinstance(taken, Kept):
        return _replay(request, taken)
    # Two tenants that happen to send the same key share a provider's account, and must not share its answers.
    request.headers[HEADER] = taken.scoped
    try:
        return Remembered(claims, taken, request, await answering())
    except BaseException:
        await _free(claims, taken)
        raise


class Remembered:
    """Delivers an answer and keeps what was sent, if it was a whole and good one."""

    def __init__(self, claims: Claims, claim: Claim, request: GatewayRequest, answer: Deliverable) -> None:
        self._claims = claims
        self._claim = claim
        self._request = request
        self._answer = answer
        self._parts: list[bytes] = []
        self._size = 0
        self._status = 0
        self._type = ""
        self._whole = False

    async def deliver(self, send: Send) -> None:
        """See Deliverable."""

        async def listening(message: Message) -> None:
            self._note(message)
            await send(message)

        try:
            await self._answer.deliver(listening)
        finally:
            # The client may be gone: what the key stands for is settled all the same.
            await asyncio.shield(self._settled())

    async def _settled(self) -> None:
        good = 200 <= self._status < 300 and self._whole and not self._request.failed
        if not good:
            await _free(self._claims, self._claim)
            return
        try:
            await self._claims.keep(self._claim, b"".join(self._parts), self._type)
        except StoreAway:
            logger.warning("idempotency.not_kept", request_id=self._request.request_id)

    def _note(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._type = _type_of(message)
            return
        part: bytes = message.get("body", b"")
        self._size += len(part)
        if self._size <= MOST_BYTES + 1 and part:
            self._parts.append(part)
        elif part:
            self._parts = [b"\0" * (MOST_BYTES + 1)]  # longer than is kept; what it was does not matter any more
        self._whole = not message.get("more_body")


def _replay(request: GatewayRequest, kept: Kept) -> GatewayResponse:
    """Raises AuditRefused."""
    request.begun = True
    records.replayed(request)
    headers = ((b"content-type", kept.answer_type.encode("latin-1")), (b"cache-control", b"no-store"), REPLAYED)
    return GatewayResponse(200, kept.body, request.request_id, headers)


def _type_of(message: Any) -> str:
    return next((value.decode("latin-1") for name, value in message["headers"] if name == b"content-type"), "")


async def _free(claims: Claims, claim: Claim) -> None:
    with suppress(StoreAway):  # then it is free when its time is over
        await claims.free(claim)
