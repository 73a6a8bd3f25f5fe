"""Finding the one credential of a request (SECURITY O13, INTEROP 1.3)."""

from collections.abc import Mapping

from accounts.crypto.api_key_text import PREFIX
from accounts.errors import MalformedCredential

KEY_HEADERS = ("x-portkey-api-key", "x-api-key", "x-goog-api-key", "api-key")
QUERY_NAMES = frozenset({b"access_token", b"key", b"api_key", b"api-key"})
LONGEST_HEADER = 8 * 1024


def credential_of(headers: Mapping[str, str]) -> str | None:
    """The credential, whatever header it came in; None where there is none.

    Raises:
        MalformedCredential: two different credentials, another scheme than Bearer, or an empty or oversized one.
    """
    found = {value for name in KEY_HEADERS if (value := headers.get(name))}
    bearer = _bearer(headers.get("authorization"))
    # Portkey's SDK sends a placeholder as Bearer next to its own header; what is none of ours does not compete.
    if bearer is not None and (not found or _is_ours(bearer)):
        found.add(bearer)
    if len(found) > 1:
        raise MalformedCredential("Two different credentials were sent. Send exactly one.")
    return _readable(found.pop()) if found else None


def refuse_in_query(query: bytes) -> None:
    """Addresses end up in logs, so a credential in one is refused, and is best treated as leaked (SECURITY O13).

    Raises:
        MalformedCredential: the query string names one.
    """
    if query and any(pair.partition(b"=")[0].lower() in QUERY_NAMES for pair in query.split(b"&")):
        raise MalformedCredential(
            "Credentials in the address are refused: send them in a header, and replace this one."
        )


def _bearer(header: str | None) -> str | None:
    if header is None:
        return None
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "bearer":
        raise MalformedCredential("Use the Bearer scheme: Authorization: Bearer <token or API key>.")
    value = value.strip()
    return _readable(value)


def _readable(value: str) -> str:
    """One word; a comma or a space means that several were sent or folded together."""
    if not value or len(value) > LONGEST_HEADER or " " in value or "," in value:
        raise MalformedCredential
    return value


def _is_ours(value: str) -> bool:
    return value.startswith(PREFIX) or value.count(".") == 2
