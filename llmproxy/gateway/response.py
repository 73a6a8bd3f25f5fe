"""Answers of the data plane: a finished one; streams deliver themselves (llmproxy.pipeline.relay)."""

from collections.abc import Iterable
from typing import Protocol

from llmproxy.gateway.body import Send

Header = tuple[bytes, bytes]
JSON = (b"content-type", b"application/json")


class Deliverable(Protocol):
    """What a viewset returns."""

    async def deliver(self, send: Send) -> None: ...


def id_headers(request_id: str) -> list[Header]:
    """Both spellings: OpenAI's SDKs read the first, Anthropic's the second (INTEROP 1.4)."""
    raw = request_id.encode("ascii")
    return [(b"x-request-id", raw), (b"request-id", raw)]


class GatewayResponse:
    """A whole answer: status, body and a short list of headers of our own choosing."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes, request_id: str, headers: Iterable[Header] = (JSON,)) -> None:
        self.status = status
        self.body = body
        self.headers = [*headers, (b"content-length", b"%d" % len(body)), *id_headers(request_id)]

    async def deliver(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
