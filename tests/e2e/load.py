"""Steady calls from several threads; every answer that was received whole is remembered."""

import http.client
import threading
from types import TracebackType

from tests.e2e.product import Product


class SteadyCalls:
    """Inside the block calls go on, whatever happens to the server.

    Attributes:
        acknowledged: request ids of answers with status 200 that arrived whole.
        lost: calls that got no answer or another one.
    """

    def __init__(self, product: Product, threads: int = 4) -> None:
        self._product = product
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._call_on, daemon=True) for _ in range(threads)]
        self.acknowledged: list[str] = []
        self.lost = 0

    def __enter__(self) -> "SteadyCalls":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)

    def _call_on(self) -> None:
        while not self._stopping.is_set():
            try:
                answer = self._product.chat(model="whole")
            except (OSError, http.client.HTTPException):
                self.lost += 1
                self._stopping.wait(0.05)
                continue
            if answer.status == 200:
                self.acknowledged.append(answer.headers["x-request-id"])
            else:
                self.lost += 1
            self._stopping.wait(0.005)
