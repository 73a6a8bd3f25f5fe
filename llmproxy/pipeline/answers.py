"""What a provider's status means for the client (SECURITY 4.3): its 401 is not the client's 401."""

import re
from collections.abc import Iterable
from math import ceil

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


def said_to_fail(status: int, message: str) -> GatehouseError:
    """The error that the client gets where a provider says within its answer that it failed.

    Args:
        status: the HTTP status that this would have had.
        message: the provider's words.
    """
    if status in CLIENTS_FAULT:
        return UpstreamRejected(_cleaned(message) or None)
    if status == 429:
        return _limited(())
    if status in REFUSED_US or status in OVERLOADED or status == 504:
        return refusal(status, (), b"") or UpstreamFailed()
    return UpstreamFailed(f"The provider ended its answer with an error: {_cleaned(message)}")


def from_transport(error: TransportError) -> GatehouseError:
    """The error that the client gets when the provider could not be spoken to."""
    if isinstance(error, TIMEOUTS):
        return UpstreamTimedOut()
    return UpstreamFailed()


def seconds_asked(headers: Headers) -> float | None:
    """The provider's `Retry-After` in seconds, or None. Dates (RFC 9110 10.2.3) no AI service sends."""
    found = dict(headers)
    exact = found.get(b"retry-after-ms", b"")  # OpenAI's and Azure's, which their SDKs prefer
    if exact.isdigit() and len(exact) < 9:
        return int(exact) / 1000
    wait = found.get(b"retry-after", b"")
    return float(wait) if wait.replace(b".", b"", 1).isdigit() and len(wait) < 8 else None


def _limited(headers: Headers) -> UpstreamLimited:
    wait = seconds_asked(headers)
    error = UpstreamLimited()
    error.headers = {**error.headers, "Retry-After": str(DEFAULT_RETRY_SECONDS if wait is None else ceil(wait))}
    return error


def _rejected(status: int, body: bytes) -> UpstreamRejected:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        parsed = None
    parsed = parsed[0] if isinstance(parsed, list) and parsed else parsed
    parsed = parsed if isinstance(parsed, dict) else {}
    said = parsed["error"] if isinstance(parsed.get("error"), dict) else parsed  # AWS has no object around it
    message, param = said.get("message"), said.get("param")
    error = UpstreamRejected(_cleaned(message) if isinstance(message, str) else None)
    error.status_code = status
    error.param = param if isinstance(param, str) else None
    return error


def _cleaned(message: str) -> str:
    return KEY_LIKE.sub("[removed]", message[:LONGEST_MESSAGE])
