"""Speaks ASGI to the whole application in this process, as a server would: raw header lists, chunks, disconnects."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass
class Answer:
    """What came back."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)
    finished: bool = False

    @property
    def body(self) -> bytes:
        return b"".join(self.chunks)

    def json(self) -> Any:
        return orjson.loads(self.body)


def joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """By name; several lines of one are joined by commas, as HTTP libraries do (RFC 9110 §5.3)."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode(), raw_value.decode()
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


class AsgiClient:
    """Calls an ASGI application.

    Args:
        application: the entry under test.
        headers: sent with every call.
    """

    def __init__(self, application: Any, headers: Iterable[tuple[str, str]] = ()) -> None:
        self.application = application
        self.headers = list(headers)

    def bearing(self, credential: str) -> "AsgiClient":
        """The same client with a Bearer credential."""
        return AsgiClient(self.application, [*self.headers, ("authorization", f"Bearer {credential}")])

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.call("GET", path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        return await self.call("POST", path, body=orjson.dumps(json), **options)

    async def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes = b"",
        pieces: Iterable[bytes] | None = None,
        headers: Iterable[tuple[str, str]] = (("content-type", "application/json"),),
        gone: asyncio.Event | None = None,
        peer: str = "127.0.0.1",
        on_chunk: Any = None,
    ) -> Answer:
        """One request. `pieces` sends a chunked body; setting `gone` closes the connection from the client's side."""
        answer = Answer()
        incoming = list(pieces) if pieces is not None else [body]
        gone = gone or asyncio.Event()
        lengths = [] if pieces is not None else [("content-length", str(len(body)))]

        async def receive() -> dict[str, Any]:
            if incoming:
                part = incoming.pop(0)
                return {"type": "http.request", "body": part, "more_body": bool(incoming)}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = joined(message["headers"])
                return
            answer.chunks.append(message.get("body", b""))
            answer.finished = not message.get("more_body")
            if on_chunk is not None:
                await on_chunk(message.get("body", b""))

        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode("latin-1", "replace"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [
                (n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in (*self.headers, *headers, *lengths)
            ],
            "client": (peer, 40000),
            "server": ("testserver", 80),
        }
        await self.application(scope, receive, send)
        return answer
