"""Reading a request body with a byte cap, a deadline and a minimum rate."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from llmproxy.errors import BadRequest, BodyTooLarge, BodyTooSlow
from llmproxy.gateway.deadline import Deadline

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

GRACE_SECONDS = 10.0
SLOWEST_BYTES_PER_SECOND = 8 * 1024
LONGEST_SECONDS = 120.0


class ClientGone(Exception):
    """The client closed the connection: there is nobody left to answer."""


async def read_body(receive: Receive, declared: str | None, limit: int) -> bytes:
    """The body behind `receive`, chunked or not.

    Args:
        declared: the content-length header, if any.
        limit: the most bytes accepted.

    Raises:
        BadRequest: content-length is not a number.
        BodyTooLarge: declared or found to be larger than `limit`; the rest is not read.
        BodyTooSlow: past 10 s plus the time that the bytes so far deserve at 8 kB/s, or past 120 s.
        ClientGone: the connection closed first.
    """
    if declared is not None:
        _refuse_declared(declared, limit)
    parts: list[bytes] = []
    size = 0
    with Deadline(GRACE_SECONDS, BodyTooSlow) as deadline:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            part: bytes = message.get("body", b"")
            size += len(part)
            if size > limit:
                raise BodyTooLarge(f"The body is larger than the {limit:,} bytes that this endpoint accepts.")
            if not message.get("more_body"):
                return b"".join([*parts, part]) if parts else part
            parts.append(part)
            deadline.extend(min(GRACE_SECONDS + size / SLOWEST_BYTES_PER_SECOND, LONGEST_SECONDS))


def _refuse_declared(declared: str, limit: int) -> None:
    if not declared.isascii() or not declared.isdigit():
        raise BadRequest("content-length is not a number.")
    if len(declared) > 18 or int(declared) > limit:
        raise BodyTooLarge(f"The body is larger than the {limit:,} bytes that this endpoint accepts.")
