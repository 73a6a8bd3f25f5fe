"""OpenAI's error format: {"error": {"message", "type", "param", "code"}}."""

import orjson

from accounts.errors import GatehouseError
from llmproxy.gateway.response import JSON, GatewayResponse, Header

# The SDKs choose their exception class by status; the type is for people and logs.
TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    429: "rate_limit_error",
}
# The official SDKs try these again twice unless told otherwise (INTEROP, third-last finding).
RETRIED_BY_SDKS = frozenset({408, 409, 429, *range(500, 600)})


def error_object(error: GatehouseError) -> dict[str, object]:
    """The JSON form, without the status."""
    fallback = "api_error" if error.status_code >= 500 else "invalid_request_error"
    return {
        "error": {
            "message": error.message,
            "type": TYPES.get(error.status_code, fallback),
            "param": error.param,
            "code": error.code,
        }
    }


def render(error: GatehouseError, request_id: str) -> GatewayResponse:
    """The whole answer for a refusal before the first byte."""
    return GatewayResponse(error.status_code, orjson.dumps(error_object(error)), request_id, _headers(error))


def stream_event(error: GatehouseError) -> bytes:
    """The event that ends a stream which failed after its first byte."""
    return b"data: " + orjson.dumps(error_object(error)) + b"\n\n"


def _headers(error: GatehouseError) -> list[Header]:
    headers = [JSON, (b"cache-control", b"no-store")]
    headers += [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in error.headers.items()]
    if error.status_code in RETRIED_BY_SDKS and not error.retryable:
        headers.append((b"x-should-retry", b"false"))
    return headers
