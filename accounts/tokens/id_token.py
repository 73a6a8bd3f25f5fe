"""ID tokens of an organisation's own sign-in (OpenID Connect Core §3.1.3.7); always with their signature. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.tokens.client_key import ClientKey
from accounts.tokens.errors import TokenRefused
from accounts.tokens.strict_json import strict_object
from accounts.tokens.verifier import FORM, decoded

# Others' clocks; and others' tokens, which carry groups, are longer than ours.
LEEWAY_SECONDS = 60
LONGEST_TOKEN = 32 * 1024
LONGEST_LIFE_SECONDS = 24 * 3600
LARGEST_TIME = 2**40
LONGEST_SUBJECT = 255  # OpenID Connect Core §2
TYPES = frozenset({"jwt", ""})


@dataclass(frozen=True, slots=True)
class Expected:
    """What the token must say.

    Attributes:
        nonce: what was sent with the request.
    """

    issuer: str
    client_id: str
    nonce: str


def verified_id_token(text: str, keys: Sequence[ClientKey], expected: Expected, now: float) -> dict[str, Any]:
    """Its claims, where everything holds at `now` (Unix seconds). Raises TokenRefused."""
    if len(text) > LONGEST_TOKEN or not FORM(text):
        raise TokenRefused("format")
    head, payload, signature = text.split(".")
    _check_signature(strict_object(decoded(head), "header"), f"{head}.{payload}", decoded(signature), keys)
    claims = strict_object(decoded(payload), "payload")
    if claims.get("iss") != expected.issuer:
        raise TokenRefused("iss")
    _check_audience(claims, expected.client_id)
    if claims.get("nonce") != expected.nonce:
        raise TokenRefused("nonce")
    subject = claims.get("sub")
    if type(subject) is not str or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise TokenRefused("sub")
    _check_times(claims, now)
    return claims


def _check_signature(header: dict[str, Any], signed: str, signature: bytes, keys: Sequence[ClientKey]) -> None:
    alg, kid = header.get("alg"), header.get("kid", "")
    if type(alg) is not str or type(kid) is not str or "crit" in header:
        raise TokenRefused("header")
    if str(header.get("typ", "")).lower() not in TYPES:
        raise TokenRefused("typ")
    candidates = [key for key in keys if not kid or kid in key.names()]
    if not candidates:
        raise TokenRefused("kid")
    # The algorithm is the key's, never the token's (SECURITY B1): `verifies` compares them.
    if not any(key.verifies(alg, signed.encode("ascii"), signature) for key in candidates):
        raise TokenRefused("signature")


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if client_id not in named:
        raise TokenRefused("aud")
    authorized = claims.get("azp")
    if (len(named) > 1 or authorized is not None) and authorized != client_id:
        raise TokenRefused("azp")


def _check_times(claims: dict[str, Any], now: float) -> None:
    issued, expires = (_time(claims.get(name)) for name in ("iat", "exp"))
    if now >= expires + LEEWAY_SECONDS:
        raise TokenRefused("expired")
    if issued > now + LEEWAY_SECONDS or _time(claims.get("nbf", 0)) > now + LEEWAY_SECONDS:
        raise TokenRefused("not_yet")
    if expires - issued > LONGEST_LIFE_SECONDS:
        raise TokenRefused("lifetime")


def _time(value: Any) -> int:
    if type(value) is not int or not 0 <= value < LARGEST_TIME:
        raise TokenRefused("time")
    return value
