"""The one verifier (SECURITY 5.4): cheap checks first, nothing trusted before the signature."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError

from accounts.tokens.claims import TYPES, check_origin, check_shape, check_times
from accounts.tokens.errors import TokenRefused
from accounts.tokens.keys import VerifyingKey
from accounts.tokens.strict_json import strict_object

FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+").fullmatch
KID = re.compile(r"[A-Za-z0-9_-]{1,64}").fullmatch
LONGEST_TOKEN = 4096
HEADER_MEMBERS = {"alg", "typ", "kid"}


@dataclass(frozen=True, slots=True)
class Verified:
    """A token whose signature, shape, origin and times hold."""

    claims: dict[str, Any]
    kid: str


@dataclass(frozen=True, slots=True)
class Verifier:
    """Verifies tokens of one issuer for some audiences.

    Attributes:
        longest_seconds: the longest lifetime that is believed.
    """

    issuer: str
    audiences: frozenset[str]
    longest_seconds: int

    def verify(self, token: str, keys: Mapping[str, VerifyingKey], now: float) -> Verified:
        """The claims of `token`. Raises TokenRefused."""
        if len(token) > LONGEST_TOKEN or not FORM(token):
            raise TokenRefused("format")
        header, payload, signature = token.split(".")
        key = self._key(strict_object(decoded(header), "header"), keys)
        decoded(signature)
        try:
            jws.deserialize_compact(token, key.key, algorithms=[key.alg])
        except (JoseError, ValueError) as error:
            raise TokenRefused("signature") from error
        claims = strict_object(decoded(payload), "payload")
        check_shape(claims)
        check_origin(claims, self.issuer, self.audiences, self.longest_seconds)
        check_times(claims, now)
        return Verified(claims, key.kid)

    def _key(self, header: dict[str, Any], keys: Mapping[str, VerifyingKey]) -> VerifyingKey:
        if set(header) != HEADER_MEMBERS or not all(type(value) is str for value in header.values()):
            raise TokenRefused("header")
        if header["typ"].lower() not in TYPES:
            raise TokenRefused("typ")
        if not KID(header["kid"]) or (key := keys.get(header["kid"])) is None:
            raise TokenRefused("kid")
        if header["alg"] != key.alg:
            raise TokenRefused("alg")
        return key


def signed_by(token: str) -> object:
    """The `kid` in the header of a token, believed by nobody. Raises TokenRefused."""
    return strict_object(decoded(token.partition(".")[0]), "header").get("kid")


def decoded(part: str) -> bytes:
    """base64url without padding, unused bits zero (SECURITY J1). Raises TokenRefused."""
    try:
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError) as error:
        raise TokenRefused("format") from error
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != part.encode("ascii"):
        raise TokenRefused("format")
    return raw
