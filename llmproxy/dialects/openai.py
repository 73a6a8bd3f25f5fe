"""OpenAI's error format: {"error": {"message", "type", "param", "code"}}."""

import math
from collections.abc import Iterable

import orjson

from accounts.errors import GatehouseError
from llmproxy.dialects.dialect import Dialect
from llmproxy.errors import BudgetExceeded
from llmproxy.gateway.response import Header
from llmproxy.metering.standing import Standing

# The SDKs choose their exception class by status; the type is for people and logs.
TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    429: "rate_limit_error",
}


QUOTA = "insufficient_quota"


class OpenAI(Dialect):
    """Chat completions, embeddings and everything else of OpenAI's but Responses."""

    def error_object(self, error: GatehouseError, request_id: str) -> dict[str, object]:
        fallback = "api_error" if error.status_code >= 500 else "invalid_request_error"
        return {
            "error": {
                "message": error.message,
                "type": QUOTA if isinstance(error, BudgetExceeded) else TYPES.get(error.status_code, fallback),
                "param": error.param,
                "code": error.code,
            }
        }

    def limit_headers(self, standings: Iterable[Standing]) -> list[Header]:
        """https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers"""
        found = []
        for unit, limit, left, resets in standings:
            found += [
                (b"x-ratelimit-limit-" + unit.encode(), b"%d" % limit),
                (b"x-ratelimit-remaining-" + unit.encode(), b"%d" % left),
                (b"x-ratelimit-reset-" + unit.encode(), _duration(resets).encode()),
            ]
        return found


def _duration(seconds: float) -> str:
    """`250ms`, `12s`, `6m0s`, `3h0m0s`: Go's way of writing it."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes}m{rest}s" if hours else f"{minutes}m{rest}s" if minutes else f"{rest}s"


class OpenAIResponses(OpenAI):
    """Responses: the same refusals, but its streams have events of their own for a failure.

    https://platform.openai.com/docs/api-reference/responses-streaming/response/failed
    https://platform.openai.com/docs/api-reference/responses-streaming/error
    """

    def stream_event(self, error: GatehouseError, request_id: str, events: int = 0) -> bytes:
        """Two events: Codex acts on the first and passes over the second, on whose `error` the SDKs raise."""
        said = {"code": error.code, "message": error.message}
        response = {"id": f"resp_{request_id}", "object": "response", "status": "failed", "error": said, "output": []}
        failed = {"type": "response.failed", "sequence_number": events, "response": response}
        raised = {
            "type": "error",
            **said,
            "param": error.param,
            "sequence_number": events + 1,
            **self.error_object(error, request_id),
        }
        return _event(failed) + _event(raised)


def _event(data: dict[str, object]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (str(data["type"]).encode(), orjson.dumps(data))
