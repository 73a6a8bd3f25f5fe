"""Signing access tokens."""

import secrets
from collections.abc import Mapping
from typing import Any

import orjson
from joserfc import jws

from accounts.tokens.claims import VERSION
from accounts.tokens.keys import SigningKeyPair

TOKEN_ID_BYTES = 16


def signed(claims: Mapping[str, Any], key: SigningKeyPair) -> str:
    """The compact token of `claims`."""
    header = {"alg": key.alg, "typ": "at+jwt", "kid": key.kid}
    return jws.serialize_compact(header, orjson.dumps(claims), key.key, algorithms=[key.alg])


def stamped(claims: Mapping[str, Any], now: int, seconds: int) -> dict[str, Any]:
    """`claims` with a fresh id and the times of a token issued at `now` (Unix seconds) for `seconds`."""
    times = {"iat": now, "nbf": now, "exp": now + seconds}
    return {**claims, **times, "jti": secrets.token_urlsafe(TOKEN_ID_BYTES), "ver": VERSION}
