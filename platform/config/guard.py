"""Limits for control-plane bodies, before Django's handler would spool them to disk (SECURITY 4.5)."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from accounts.errors import GatehouseError
from config.problem import MEDIA_TYPE, problem
from llmproxy.errors import BadRequest, UnsupportedMediaType
from llmproxy.gateway.body import Message, Receive, Send, read_body
from llmproxy.gateway.request_id import accepted_or_new
from llmproxy.gateway.response import GatewayResponse

KILOBYTE = 1024
# First match wins; the last one takes everything else.
LIMITS = (
    (re.compile(r"/(?:oauth|api/token)(?:/|\Z)"), 64 * KILOBYTE),
    (re.compile(r"/admin/login/"), 64 * KILOBYTE),
    (re.compile(r"/admin(?:/|\Z)"), 5 * 1024 * KILOBYTE),
    (re.compile(r""), 1024 * KILOBYTE),
)
PROBLEM = (b"content-type", MEDIA_TYPE.encode("ascii"))


def limit_for(path: str) -> int:
    """The most body bytes for a control-plane path."""
    return next(limit for pattern, limit in LIMITS if pattern.match(path))


async def guarded(scope: Mapping[str, Any], receive: Receive) -> Receive:
    """A `receive` for Django that holds the whole, bounded body.

    Raises:
        GatehouseError: too large, too slow, compressed.
        ClientGone: the client left while sending.
    """
    headers = dict(scope["headers"])
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMediaType("Compressed request bodies are not accepted.")
    declared = headers.get(b"content-length")
    if declared is not None and b"transfer-encoding" in headers:
        raise BadRequest("A body has either a content-length or a transfer-encoding.")
    body = await read_body(
        receive, declared.decode("latin-1") if declared is not None else None, limit_for(scope["path"])
    )
    pending: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay


async def refuse(error: GatehouseError, path: str, send: Send) -> None:
    """Answer in problem+json (RFC 9457): the control plane's dialect."""
    request_id = accepted_or_new(None)
    body = problem(error.status_code, error.code, error.message, path, request_id)
    await GatewayResponse(error.status_code, orjson.dumps(body), request_id, (PROBLEM,)).deliver(send)
