"""Tokens of other issuers that an organisation trusts (SECURITY 5.9, B7): as strict as our own, by that issuer's keys.

Pure: the trust in an issuer is handed in. Nothing of a token counts before `verify`, except where to look it up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.tokens.claims import LARGEST_TIME
from accounts.tokens.client_key import OLD_NAMES, ClientKey
from accounts.tokens.confirmation import check_confirmation
from accounts.tokens.errors import TokenRefused
from accounts.tokens.strict_json import strict_object
from accounts.tokens.verifier import FORM, LONGEST_TOKEN, decoded

# The thumbprints of certificates say which key in another way; we go by `kid`. Every other member is refused.
HEADER_MEMBERS = frozenset({"alg", "typ", "kid", "x5t", "x5t#S256"})
TYPES = ("at+jwt", "jwt")
# What an issuer puts into tokens about a sign-in, which are for the client and for nobody else (SECURITY 5.9).
MARKS_OF_ID_TOKENS = frozenset({"nonce", "at_hash", "c_hash", "s_hash"})
LEEWAY_SECONDS = 30
LONGEST_SUBJECT = 200
MOST_AUDIENCES = 20


class KeyUnknown(TokenRefused):
    """The issuer signs with a key that we do not have (yet)."""

    def __init__(self, reason: str = "issuer_kid") -> None:
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Trust:
    """What is believed of one issuer.

    Attributes:
        types: values of `typ`, in lower case, without `application/`.
        required: claims that have to be there.
        keys_until: Unix seconds; older key sets are not believed.
    """

    issuer: str
    audience: str
    algorithms: frozenset[str]
    types: frozenset[str]
    longest_seconds: int
    required: tuple[str, ...]
    keys: Sequence[ClientKey] = field(repr=False)
    keys_until: float


@dataclass(frozen=True, slots=True)
class ForeignToken:
    """A token that was read."""

    issuer: str
    audiences: tuple[str, ...]
    header: dict[str, Any]
    claims: dict[str, Any]
    signing_input: bytes
    signature: bytes

    @classmethod
    def read(cls, text: str) -> "ForeignToken":
        """Taken apart. Raises TokenRefused."""
        if len(text) > LONGEST_TOKEN or not FORM(text):
            raise TokenRefused("format")
        head, payload, signature = text.split(".")
        header = strict_object(decoded(head), "header")
        claims = strict_object(decoded(payload), "payload")
        issuer, audiences = claims.get("iss"), _audiences(claims.get("aud"))
        if type(issuer) is not str:
            raise TokenRefused("claim_iss")
        return cls(issuer, audiences, header, claims, f"{head}.{payload}".encode("ascii"), decoded(signature))

    @property
    def subject(self) -> str:
        """Whom the issuer means."""
        return str(self.claims["sub"])

    def verify(self, trust: Trust, now: float) -> str:
        """The name of the key that signed it, where everything holds at `now` (Unix seconds).

        Raises:
            KeyUnknown: the issuer has another key by now, perhaps.
            TokenRefused.
        """
        self._check_header(trust)
        if now >= trust.keys_until:
            raise KeyUnknown("issuer_keys_stale")
        key = self._signer(trust)
        if self.issuer != trust.issuer or trust.audience not in self.audiences:
            raise TokenRefused("aud")
        check_foreign_claims(self.claims, trust, now)
        return key.thumbprint

    def _check_header(self, trust: Trust) -> None:
        if not self.header.keys() <= HEADER_MEMBERS or not all(type(value) is str for value in self.header.values()):
            raise TokenRefused("header")
        if self.header.get("typ", "").lower().removeprefix("application/") not in trust.types:
            raise TokenRefused("typ")
        if OLD_NAMES.get(self.header.get("alg", ""), self.header.get("alg")) not in trust.algorithms:
            raise TokenRefused("alg")

    def _signer(self, trust: Trust) -> ClientKey:
        kid = self.header.get("kid")
        named = [key for key in trust.keys if kid is None or key.kid == kid]
        if not named or (kid is None and len(named) > 1):
            raise KeyUnknown
        for key in named:
            if key.verifies(self.header["alg"], self.signing_input, self.signature):
                return key
        raise TokenRefused("signature")


def check_foreign_claims(claims: dict[str, Any], trust: Trust, now: float) -> None:
    """Types, times and kind. Raises TokenRefused."""
    subject = claims.get("sub")
    if type(subject) is not str or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise TokenRefused("claim_sub")
    if "jti" in claims and (type(claims["jti"]) is not str or not claims["jti"]):
        raise TokenRefused("claim_jti")
    if missing := [name for name in trust.required if claims.get(name) in (None, "", [])]:
        raise TokenRefused(f"claim_{missing[0]}")
    _check_kind(claims)
    check_confirmation(claims)
    check_foreign_times(claims, trust, now)


def check_foreign_times(claims: dict[str, Any], trust: Trust, now: float) -> None:
    """The token holds at `now`. Raises TokenRefused."""
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    starts = _time(claims, "nbf") if "nbf" in claims else issued
    if not 0 < expires - issued <= trust.longest_seconds:
        raise TokenRefused("lifetime")
    if now >= expires + LEEWAY_SECONDS:
        raise TokenRefused("expired")
    if max(issued, starts) > now + LEEWAY_SECONDS:
        raise TokenRefused("not_yet")


def _check_kind(claims: dict[str, Any]) -> None:
    """No id token, whose audience is the client that asked; no refresh token that is a JWT."""
    client = claims.get("azp", claims.get("client_id"))
    if MARKS_OF_ID_TOKENS & claims.keys() or (client is not None and claims["aud"] in (client, [client])):
        raise TokenRefused("id_token")
    if claims.get("typ", "Bearer") not in ("Bearer", "DPoP"):
        raise TokenRefused("token_kind")


def _audiences(aud: object) -> tuple[str, ...]:
    listed = [aud] if type(aud) is str else aud
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_AUDIENCES:
        raise TokenRefused("claim_aud")
    if not all(type(one) is str for one in listed):
        raise TokenRefused("claim_aud")
    return tuple(listed)


def _time(claims: dict[str, Any], name: str) -> int:
    at = claims.get(name)
    if type(at) is not int or not 0 <= at < LARGEST_TIME:
        raise TokenRefused(f"claim_{name}")
    return at
