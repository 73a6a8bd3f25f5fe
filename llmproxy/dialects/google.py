"""Google's error format: {"error": {"code", "message", "status", "details"}}.

https://google.aip.dev/193 and https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
"""

from accounts.errors import GatehouseError
from llmproxy.dialects.dialect import Dialect

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
REASON = "type.googleapis.com/google.rpc.ErrorInfo"
RETRY = "type.googleapis.com/google.rpc.RetryInfo"


class Google(Dialect):
    """Gemini. Our own code stands where Google puts machine-readable reasons (AIP-193)."""

    def error_object(self, error: GatehouseError, request_id: str) -> dict[str, object]:
        fallback = "INTERNAL" if error.status_code >= 500 else "INVALID_ARGUMENT"
        return {
            "error": {
                "code": error.status_code,
                "message": error.message,
                "status": STATUSES.get(error.status_code, fallback),
                "details": _details(error, request_id),
            }
        }


def _details(error: GatehouseError, request_id: str) -> list[dict[str, object]]:
    reason: dict[str, object] = {
        "@type": REASON,
        "reason": error.code.upper(),
        "domain": "gatehouse",
        "metadata": {"requestId": request_id},
    }
    wait = error.headers.get("Retry-After", "")
    return [reason, {"@type": RETRY, "retryDelay": f"{wait}s"}] if wait.isdigit() else [reason]
