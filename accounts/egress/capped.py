"""An answer's body that ends, by size and by time."""

import time
from collections.abc import Iterator

from requests import RequestException, Timeout
from urllib3.response import BaseHTTPResponse


class AnswerTooLarge(RequestException):
    """The answer is larger than the session allows."""


class AnswerTooSlow(Timeout):
    """The answer dripped in for longer than the session allows."""


class CappedBody:
    """Stands in for urllib3's response where requests reads the body from. `limit` counts decoded bytes."""

    def __init__(self, raw: BaseHTTPResponse, limit: int, seconds: float) -> None:
        self._raw = raw
        self._limit = limit
        self._end = time.monotonic() + seconds

    def stream(self, amount: int, decode_content: bool = True) -> Iterator[bytes]:
        """What requests.Response.iter_content() calls."""
        size = 0
        for chunk in self._raw.stream(amount, decode_content=decode_content):
            size += len(chunk)
            if size > self._limit:
                self._raw.close()
                raise AnswerTooLarge("The answer is larger than allowed.")
            if time.monotonic() > self._end:
                self._raw.close()
                raise AnswerTooSlow("The answer took longer than allowed.")
            yield chunk

    def close(self) -> None:
        self._raw.close()

    def release_conn(self) -> None:
        self._raw.release_conn()
