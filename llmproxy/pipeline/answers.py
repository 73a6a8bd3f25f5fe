"""What a provider's status means for the client (SECURITY 4.3): its 401 is not the client's 401."""

import re
from collections.abc import Iterable

import orjson

from accounts.errors import GatehouseError
from llmproxy.errors import (
    UpstreamFailed,
    UpstreamLimited,
    UpstreamOverloaded,
    UpstreamRefusedUs,
    UpstreamRejected,
    UpstreamTimedOut,
)
from llmproxy.transport.errors import ChunkTimeout, ConnectTimeout, FirstByteTimeout, TotalTimeout, TransportError

REFUSED_US = frozenset({401, 403, 407})
CLIENTS_FAULT = frozenset({400, 409, 413, 415, 422})
OVERLOADED = frozenset({503, 529})
TIMEOUTS = (ConnectTimeout, FirstByteTimeout, ChunkTimeout, TotalTimeout)
LONGEST_MESSAGE = 2000
DEFAULT_RETRY_SECONDS = 5
# Anything that looks like a piece of a credential: providers quote the key they did not like.
KEY_LIKE = re.compile(r"\b(?:sk|pk|rk|key|gsk|xai|gth|AIza|Bearer)[-_ ][A-Za-z0-9*._-]{6,}", re.IGNORECASE)

Headers = Iterable[tuple[bytes, bytes]]


def refusal(status: int, headers: Headers, body: bytes) -> GatehouseError | None:
    """The error that the client gets for a provider's answer; None where the answer is a success."""
    if 200 <= status < 300:
        return None
    if status in REFUSED_US:
        return UpstreamRefusedUs()
    if status == 429:
        return _limited(headers)
    if status in CLIENTS_FAULT:
        return _rejected(status, body)
    if status in OVERLOADED:
        return UpstreamOverloaded()
    return UpstreamTimedOut() if status == 504 else UpstreamFailed()


def from_transport(error: TransportError) -> GatehouseError:
    """The error that the client gets when the provider could not be spoken to."""
    if isinstance(error, TIMEOUTS):
        return UpstreamTimedOut()
    return UpstreamFailed()


def _limited(headers: Headers) -> UpstreamLimited:
    wait = next((value for name, value in headers if name == b"retry-after"), b"")
    seconds = int(wait) if wait.isdigit() and len(wait) < 6 else DEFAULT_RETRY_SECONDS
    error = UpstreamLimited()
    error.headers = {**error.headers, "Retry-After": str(seconds)}
    return error


def _rejected(status: int, body: bytes) -> UpstreamRejected:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        parsed = None
    said = parsed.get("error") if isinstance(parsed, dict) else None
    message = said.get("message") if isinstance(said, dict) else None
    param = said.get("param") if isinstance(said, dict) else None
    error = UpstreamRejected(_cleaned(message) if isinstance(message, str) else None)
    error.status_code = status
    error.param = param if isinstance(param, str) else None
    return error


def _cleaned(message: str) -> str:
    return KEY_LIKE.sub("[removed]", message[:LONGEST_MESSAGE])
