"""Anthropic's error format: {"type": "error", "error": {"type", "message"}, "request_id"}.

https://docs.anthropic.com/en/api/errors
"""

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import orjson

from accounts.errors import GatehouseError
from llmproxy.dialects.dialect import Dialect
from llmproxy.gateway.response import Header
from llmproxy.metering.standing import Standing

TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class Anthropic(Dialect):
    """Messages and its neighbours. `code` is ours: the SDKs keep members that they do not know."""

    def error_object(self, error: GatehouseError, request_id: str) -> dict[str, object]:
        fallback = "api_error" if error.status_code >= 500 else "invalid_request_error"
        kind = TYPES.get(error.status_code, fallback)
        return {
            "type": "error",
            "error": {"type": kind, "message": error.message, "code": error.code},
            "request_id": request_id,
        }

    def stream_event(self, error: GatehouseError, request_id: str, events: int = 0) -> bytes:
        """Its events are named."""
        return b"event: error\ndata: " + orjson.dumps(self.error_object(error, request_id)) + b"\n\n"

    def limit_headers(self, standings: Iterable[Standing]) -> list[Header]:
        """https://docs.anthropic.com/en/api/rate-limits#response-headers"""
        found = []
        for unit, limit, left, resets in standings:
            at = datetime.now(UTC) + timedelta(seconds=math.ceil(resets))
            found += [
                (f"anthropic-ratelimit-{unit}-limit".encode(), b"%d" % limit),
                (f"anthropic-ratelimit-{unit}-remaining".encode(), b"%d" % left),
                (f"anthropic-ratelimit-{unit}-reset".encode(), at.strftime("%Y-%m-%dT%H:%M:%SZ").encode()),
            ]
        return found
