"""Bytes in, bytes out: what a client library would never send."""

import json
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tests.e2e.product import Product


@dataclass
class RawAnswer:
    """The answer as it came. `status` is 0 where the connection closed without one."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def exchange(product: Product, parts: Iterable[bytes] | bytes, *, timeout: float = 20) -> RawAnswer:
    """Send the parts one by one and read one answer; a connection that the server closes while we send is fine."""
    with socket.create_connection(("127.0.0.1", product.port), timeout=timeout) as connection:
        try:
            for part in [parts] if isinstance(parts, bytes) else parts:
                connection.sendall(part)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return _read(connection, timeout)


def request(product: Product, body: bytes = b"", *lines: str, target: str = "POST /v1/chat/completions") -> bytes:
    """A request with the API key, the given header lines and, unless one of them frames the body, its length."""
    framed = any(line.lower().startswith(("content-length", "transfer-encoding")) for line in lines)
    head = [f"{target} HTTP/1.1", f"Host: 127.0.0.1:{product.port}"]
    if not any(line.lower().startswith("authorization") for line in lines):
        head.append(f"Authorization: Bearer {product.first_run['api_key']}")
    if not any(line.lower().startswith("content-type") for line in lines):
        head.append("Content-Type: application/json")
    head += [*lines, *([] if framed else [f"Content-Length: {len(body)}"]), "Connection: close"]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def _read(connection: socket.socket, timeout: float) -> RawAnswer:
    data = b""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            break
        if not part:
            break
        data += part
        if _is_whole(data):
            break
    return _parsed(data)


def _is_whole(data: bytes) -> bool:
    head, separator, body = data.partition(b"\r\n\r\n")
    length = _headers(head).get("content-length")
    return bool(separator) and length is not None and len(body) >= int(length)


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    return {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _parsed(data: bytes) -> RawAnswer:
    head, _, body = data.partition(b"\r\n\r\n")
    fields = head.split(b" ", 2)
    status = int(fields[1]) if len(fields) > 1 else 0
    return RawAnswer(status, _headers(head), body)
