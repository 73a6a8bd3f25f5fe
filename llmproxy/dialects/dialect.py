"""What every error format gives: a whole answer for a refusal, and an event for a failure in the middle of a stream."""

from abc import ABC, abstractmethod
from collections.abc import Iterable

import orjson

from accounts.errors import GatehouseError
from accounts.oauth.discovery import challenges_of_gateway
from llmproxy.gateway.response import JSON, GatewayResponse, Header
from llmproxy.metering.standing import Standing

CHALLENGE = "www-authenticate"
# The official SDKs try these again twice unless told otherwise (INTEROP, third-last finding).
RETRIED_BY_SDKS = frozenset({408, 409, 429, *range(500, 600)})


class Dialect(ABC):
    """The error format of one family of SDKs. Without state: one object serves all calls."""

    @abstractmethod
    def error_object(self, error: GatehouseError, request_id: str) -> dict[str, object]:
        """The JSON form, without the status line."""

    def render(self, error: GatehouseError, request_id: str) -> GatewayResponse:
        """The whole answer for a refusal before the first byte."""
        body = orjson.dumps(self.error_object(error, request_id))
        return GatewayResponse(error.status_code, body, request_id, _headers(error))

    def limit_headers(self, standings: Iterable[Standing]) -> list[Header]:
        """How the caller stands with limits, as this family of SDKs reads it; none where it reads nothing."""
        return []

    def stream_event(self, error: GatehouseError, request_id: str, events: int = 0) -> bytes:
        """The event that ends a stream which failed after its first byte; `events` were sent before it."""
        return b"data: " + orjson.dumps(self.error_object(error, request_id)) + b"\n\n"


def _headers(error: GatehouseError) -> list[Header]:
    said = {name.lower(): value for name, value in error.headers.items()}
    lines = [(name, value) for name, value in said.items() if name != CHALLENGE]
    lines += [(CHALLENGE, line) for line in challenges_of_gateway(error)]
    headers = [JSON, (b"cache-control", b"no-store")]
    headers += [(name.encode(), value.encode("latin-1", "replace")) for name, value in lines]
    if error.status_code in RETRIED_BY_SDKS and not error.retryable:
        headers.append((b"x-should-retry", b"false"))
    return headers
