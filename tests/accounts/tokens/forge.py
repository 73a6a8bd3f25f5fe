"""Tokens as an attacker, or a broken issuer that holds the key, would make them."""

import base64
import json
from typing import Any

from joserfc import jws

from accounts.tokens.keys import SigningKeyPair, VerifyingKey
from accounts.tokens.verifier import Verified, Verifier

ISSUER = "https://gw.example"
AUDIENCE = f"{ISSUER}/v1"
NOW = 1_800_000_000
VERIFIER = Verifier(ISSUER, frozenset({AUDIENCE}), 3605)


def encoded(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def claims(**changed: Any) -> dict[str, Any]:
    """Good claims with changes; `...` leaves one out."""
    good = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "usr:0190",
        "client_id": "portal",
        "jti": "unique",
        "scope": "models:invoke",
        "tid": "tenant",
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 600,
        "ver": 1,
        "sep": 0,
        "tep": 0,
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not ...}


def token(key: SigningKeyPair, payload: bytes | dict[str, Any] | None = None, header: bytes | None = None) -> str:
    """A token really signed by `key`, over whatever header and payload."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload or claims()).encode()
    head = header or json.dumps({"alg": key.alg, "typ": "at+jwt", "kid": key.kid}).encode()
    signing_input = f"{encoded(head)}.{encoded(body)}".encode()
    signature = signature_of(key, signing_input)
    return f"{signing_input.decode()}.{encoded(signature)}"


def signature_of(key: SigningKeyPair, signing_input: bytes) -> bytes:
    """The raw signature of the key's own algorithm."""
    algorithm = jws.JWSRegistry(algorithms=[key.alg]).get_alg(key.alg)
    return bytes(algorithm.sign(signing_input, key.key))


def header(key: SigningKeyPair, **changed: Any) -> bytes:
    """A good header with changes; `...` leaves a member out."""
    good = {"alg": key.alg, "typ": "at+jwt", "kid": key.kid, **changed}
    return json.dumps({name: value for name, value in good.items() if value is not ...}).encode()


def verify(text: str, *keys: SigningKeyPair, now: float = NOW + 1) -> Verified:
    """What our verifier makes of it."""
    ring = {key.kid: VerifyingKey.from_jwk(key.kid, key.alg, key.public_jwk()) for key in keys}
    return VERIFIER.verify(text, ring, now)
