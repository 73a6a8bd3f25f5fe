"""`private_key_jwt`: what a client signs about itself (RFC 7523, draft-ietf-oauth-rfc7523bis, SECURITY O7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.tokens.claims import LEEWAY_SECONDS
from accounts.tokens.client_key import ClientKey
from accounts.tokens.errors import TokenRefused
from accounts.tokens.strict_json import strict_object
from accounts.tokens.verifier import FORM, LONGEST_TOKEN, decoded

# Explicit typing is new; clients in use leave it out or say JWT. Every other type is another kind of token (B11).
TYPES = frozenset({"client-authentication+jwt", "application/client-authentication+jwt", "jwt", "application/jwt"})
HEADER_MEMBERS = frozenset({"alg", "typ", "kid"})
LONGEST_SECONDS = 300
LONGEST_JTI = 256
LARGEST_TIME = 2**40


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """An assertion that was read; nothing of it counts before `verify`.

    Attributes:
        client_id: its `iss` and `sub`.
        expires: Unix seconds.
    """

    client_id: str
    jti: str
    expires: int
    header: dict[str, Any]
    claims: dict[str, Any]
    signing_input: bytes
    signature: bytes

    @classmethod
    def read(cls, text: str) -> "ClientAssertion":
        """Taken apart. Raises TokenRefused."""
        if len(text) > LONGEST_TOKEN or not FORM(text):
            raise TokenRefused("format")
        head, payload, signature = text.split(".")
        header = strict_object(decoded(head), "header")
        claims = strict_object(decoded(payload), "payload")
        _check_header(header)
        for name in ("iss", "sub", "jti"):
            if type(claims.get(name)) is not str or not 0 < len(claims[name]) <= LONGEST_JTI:
                raise TokenRefused(f"claim_{name}")
        if claims["iss"] != claims["sub"]:
            raise TokenRefused("iss")
        _check_times_shape(claims)
        signing_input = f"{head}.{payload}".encode("ascii")
        return cls(claims["sub"], claims["jti"], claims["exp"], header, claims, signing_input, decoded(signature))

    def verify(self, keys: Sequence[ClientKey], issuer: str, now: float) -> ClientKey:
        """The key that signed it, where everything holds at `now` (Unix seconds). Raises TokenRefused."""
        key = self._signer(keys)
        # One text, and ours: a token endpoint's address, or a list, is how assertions are stolen (CVE-2025-27370).
        if self.claims.get("aud") != issuer:
            raise TokenRefused("aud")
        if now >= self.expires:
            raise TokenRefused("expired")
        if self.expires > now + LONGEST_SECONDS + LEEWAY_SECONDS:
            raise TokenRefused("lifetime")
        if max(self.claims.get("nbf", 0), self.claims.get("iat", 0)) > now + LEEWAY_SECONDS:
            raise TokenRefused("not_yet")
        return key

    def remembered_for(self, now: float) -> int:
        """Seconds for which its `jti` must not come again."""
        return max(1, int(self.expires - now) + LEEWAY_SECONDS)

    def _signer(self, keys: Sequence[ClientKey]) -> ClientKey:
        kid = self.header.get("kid")
        named = [key for key in keys if kid is None or kid in key.names()]
        if not named:
            raise TokenRefused("kid")
        for key in named:
            if key.verifies(self.header["alg"], self.signing_input, self.signature):
                return key
        raise TokenRefused("signature")


def _check_header(header: dict[str, Any]) -> None:
    """Only members that we know: no key or address of one, no `crit`, no `b64`."""
    if not header.keys() <= HEADER_MEMBERS or not all(type(value) is str for value in header.values()):
        raise TokenRefused("header")
    if not header.get("alg") or header.get("kid") == "":
        raise TokenRefused("header")
    if header.get("typ", "jwt").lower() not in TYPES:
        raise TokenRefused("typ")


def _check_times_shape(claims: dict[str, Any]) -> None:
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name)
        if value is None and name != "exp" and name not in claims:
            continue
        if type(value) is not int or not 0 <= value < LARGEST_TIME:
            raise TokenRefused(f"claim_{name}")
