"""Reading a stream event by event, and leaving it when one likes."""

import json
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from types import TracebackType

from tests.e2e.product import Product


class Stream:
    """A streamed chat call; leaving the block closes the connection, finished or not."""

    def __init__(self, product: Product, model: str, *, credential: str = "", **more: object) -> None:
        self._connection = HTTPConnection("127.0.0.1", product.port, timeout=30)
        body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "go"}], **more}
        credential = credential or product.first_run["api_key"]
        headers = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}
        self._connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        self.response: HTTPResponse = self._connection.getresponse()

    def __enter__(self) -> "Stream":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.response.close()
        self._connection.close()

    @property
    def request_id(self) -> str:
        """The gateway's id of this call."""
        return self.response.headers["x-request-id"]

    def lines(self) -> Iterator[str]:
        """Lines that are not empty, comments included."""
        while line := self.response.readline():
            if text := line.decode().strip():
                yield text
