"""OpenAI's error format: {"error": {"message", "type", "param", "code"}}."""

import orjson

from accounts.errors import GatehouseError
from llmproxy.dialects.dialect import Dialect

# The SDKs choose their exception class by status; the type is for people and logs.
TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    429: "rate_limit_error",
}


class OpenAI(Dialect):
    """Chat completions, embeddings and everything else of OpenAI's but Responses."""

    def error_object(self, error: GatehouseError, request_id: str) -> dict[str, object]:
        fallback = "api_error" if error.status_code >= 500 else "invalid_request_error"
        return {
            "error": {
                "message": error.message,
                "type": TYPES.get(error.status_code, fallback),
                "param": error.param,
                "code": error.code,
            }
        }


class OpenAIResponses(OpenAI):
    """Responses: the same refusals, but its streams have an error event of their own.

    https://platform.openai.com/docs/api-reference/responses-streaming/error
    """

    def stream_event(self, error: GatehouseError, request_id: str, events: int = 0) -> bytes:
        """With `error` inside as well: the SDKs raise on that member, whatever the event is called."""
        event = {
            "type": "error",
            "code": error.code,
            "message": error.message,
            "param": error.param,
            "sequence_number": events,
            **self.error_object(error, request_id),
        }
        return b"event: error\ndata: " + orjson.dumps(event) + b"\n\n"
