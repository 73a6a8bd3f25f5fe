"""Twenty connections that call with the same credentials all the time, and remember when each answer began."""

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle

from tests.e2e.product import Product

CONNECTIONS = 20


class Callers:
    """Answers as they come.

    Attributes:
        answers: (when the call was sent, status); status 0 where the connection broke.
    """

    def __init__(self, product: Product, tokens: Sequence[str]) -> None:
        self._product = product
        self._tokens = tokens
        self._stopping = threading.Event()
        self.answers: list[tuple[float, int]] = []

    def last_good(self) -> float:
        """When the last call was sent that was answered 200."""
        return max((at for at, status in self.answers if status == 200), default=0.0)

    def statuses_after(self, moment: float) -> set[int]:
        """Of the calls that were sent later."""
        return {status for at, status in self.answers if at > moment}

    def good(self) -> int:
        """How many were let in so far."""
        return sum(status == 200 for _, status in self.answers)

    @contextmanager
    def calling(self) -> Iterator["Callers"]:
        """Inside the block calls go on."""
        threads = [threading.Thread(target=self._call_on, args=(number,), daemon=True) for number in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join(30)

    def _call_on(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._product.port, timeout=10)
        tokens = cycle([*self._tokens[number % len(self._tokens) :], *self._tokens[: number % len(self._tokens)]])
        while not self._stopping.is_set():
            at = time.monotonic()
            try:
                connection.request("GET", "/v1/models", headers={"Authorization": f"Bearer {next(tokens)}"})
                answer = connection.getresponse()
                answer.read()
                self.answers.append((at, answer.status))
            except (OSError, http.client.HTTPException):
                connection.close()
                self.answers.append((at, 0))
            self._stopping.wait(0.01)
        connection.close()
