"""Finding the one credential of a request (SECURITY O13, INTEROP 1.3)."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from accounts.crypto.api_key_text import PREFIX
from accounts.errors import MalformedCredential

KEY_HEADERS = ("x-portkey-api-key", "x-api-key", "x-goog-api-key", "api-key")
QUERY_NAMES = frozenset({b"access_token", b"key", b"api_key", b"api-key"})
LONGEST_HEADER = 8 * 1024
Scheme = Literal["bearer", "dpop", "key"]
SCHEMES: dict[str, Scheme] = {"bearer": "bearer", "dpop": "dpop"}


class Presented(NamedTuple):
    """A credential and how it was presented.

    Attributes:
        scheme: of the Authorization header; "key" for a header of an SDK's own.
    """

    text: str
    scheme: Scheme


def credential_of(headers: Mapping[str, str]) -> Presented | None:
    """The credential, whatever header it came in; None where there is none.

    Raises:
        MalformedCredential: two different credentials, a scheme that is neither Bearer nor DPoP, or one that is empty
            or oversized.
    """
    found = {value for name in KEY_HEADERS if (value := headers.get(name))}
    authorized = _authorized(headers.get("authorization"))
    scheme: Scheme = "key"
    # Portkey's SDK sends a placeholder as Bearer next to its own header; what is none of ours does not compete.
    if authorized is not None and (not found or _is_ours(authorized)):
        found.add(authorized.text)
        scheme = authorized.scheme
    if len(found) > 1:
        raise MalformedCredential("Two different credentials were sent. Send exactly one.")
    return Presented(_readable(found.pop()), scheme) if found else None


def refuse_in_address(path: str, query: bytes) -> None:
    """Addresses end up in logs, so a credential in one is refused, and a key counts as leaked (SECURITY O13, 5.8).

    Raises:
        MalformedCredential: the query string names one, or a key of ours is anywhere in it or in the path.
    """
    named = query and any(pair.partition(b"=")[0].lower() in QUERY_NAMES for pair in query.split(b"&"))
    if named or PREFIX in path or PREFIX.encode() in query:
        raise MalformedCredential(
            "Credentials in the address are refused: send them in a header, and replace this one."
        )


def _authorized(header: str | None) -> Presented | None:
    if header is None:
        return None
    name, _, value = header.partition(" ")
    if (scheme := SCHEMES.get(name.lower())) is None:
        raise MalformedCredential("Use Authorization: Bearer <token or API key>, or DPoP <token> with a proof.")
    return Presented(_readable(value.strip()), scheme)


def _readable(value: str) -> str:
    """One word; a comma or a space means that several were sent or folded together."""
    if not value or len(value) > LONGEST_HEADER or " " in value or "," in value:
        raise MalformedCredential
    return value


def _is_ours(given: Presented) -> bool:
    return given.scheme == "dpop" or given.text.startswith(PREFIX) or given.text.count(".") == 2
