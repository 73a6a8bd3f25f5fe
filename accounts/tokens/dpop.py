"""DPoP proofs (RFC 9449): a signature by the key that a token is bound to, over one call (SECURITY O16, 5.7). Pure."""

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from accounts.tokens.client_key import ClientKey
from accounts.tokens.errors import TokenRefused
from accounts.tokens.proof_target import Target, normalised
from accounts.tokens.strict_json import strict_object
from accounts.tokens.verifier import FORM, decoded

ALGORITHMS = ("ES256", "Ed25519", "EdDSA", "PS256", "RS256")
TYPE = "dpop+jwt"
HEADER_MEMBERS = {"typ", "alg", "jwk"}
LONGEST_PROOF = 8 * 1024
LONGEST_KEY_HEADER = 3 * 1024  # as base64url: a JWK of 2 kB and what stands around it
LONGEST_EXPONENT = 6  # characters: more bits than any key in use has, and few enough to be checked fast
LONGEST_JTI = 256
LONGEST_NONCE = 256
OLDEST_SECONDS = 60
NEWEST_SECONDS = 5
LARGEST_TIME = 2**40
# For longer than a proof can be presented.
REMEMBERED_SECONDS = 2 * (OLDEST_SECONDS + NEWEST_SECONDS)


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds, but for having been presented before and for its nonce: those are the caller's to ask.

    Attributes:
        thumbprint: RFC 7638, of the key: what `cnf.jkt` of a bound token says.
        jti: its own id, chosen by the client.
        nonce: the server's, echoed; None where the client sent none.
    """

    thumbprint: str
    jti: str
    nonce: str | None

    @property
    def identity(self) -> str:
        """What must not come twice: the id, within the key that it was signed with."""
        return f"{self.thumbprint}\n{self.jti}"


def proof_of(text: str, target: Target, now: float, token: str | None = None) -> Proof:
    """The proof in a `DPoP` header.

    Args:
        target: the call that it has to be about.
        now: Unix seconds.
        token: the access token that it is presented with, if any.

    Raises:
        TokenRefused: a clause of RFC 9449 §4.3 is not met; the reason begins with `dpop_`.
    """
    if len(text) > LONGEST_PROOF or not FORM(text):
        raise TokenRefused("dpop_format")
    head, payload, signature = text.split(".")
    alg, key = _signer(head)
    if not key.verifies(alg, f"{head}.{payload}".encode("ascii"), _decoded(signature)):
        raise TokenRefused("dpop_signature")
    claims = strict_object(_decoded(payload), "dpop_payload")
    _check_call(claims, target)
    _check_time(claims, now)
    if token is not None and claims.get("ath") != token_hash(token):
        raise TokenRefused("dpop_ath")
    return Proof(key.thumbprint, _id_of(claims), _nonce_of(claims))


def token_hash(token: str) -> str:
    """The `ath` of an access token (RFC 9449 §4.2)."""
    digest = hashlib.sha256(token.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


# A client's header is the same for all of its proofs; refusals are not remembered.
@lru_cache(maxsize=1024)
def _signer(head: str) -> tuple[str, ClientKey]:
    if len(head) > LONGEST_KEY_HEADER:
        raise TokenRefused("dpop_header")
    header = strict_object(_decoded(head), "dpop_header")
    if set(header) != HEADER_MEMBERS:
        raise TokenRefused("dpop_header")
    if header["typ"] != TYPE:
        raise TokenRefused("dpop_typ")
    alg, jwk = header["alg"], header["jwk"]
    if type(alg) is not str or alg not in ALGORITHMS:
        raise TokenRefused("dpop_alg")
    if type(jwk) is not dict:
        raise TokenRefused("dpop_jwk")
    return alg, _key(jwk, alg)


def _key(jwk: dict[str, Any], alg: str) -> ClientKey:
    if jwk.get("alg", alg) != alg or len(str(jwk.get("e", ""))) > LONGEST_EXPONENT:
        raise TokenRefused("dpop_jwk")
    try:
        return ClientKey.from_jwk({**jwk, "alg": alg, "kid": ""})
    except ValueError as error:
        raise TokenRefused("dpop_jwk") from error


def _check_call(claims: dict[str, Any], target: Target) -> None:
    if claims.get("htm") != target.method:  # methods are case-sensitive (RFC 9110 §9.1)
        raise TokenRefused("dpop_htm")
    url = claims.get("htu")
    if type(url) is not str:
        raise TokenRefused("dpop_htu")
    try:
        same = normalised(url) == target.url
    except ValueError as error:
        raise TokenRefused("dpop_htu") from error
    if not same:
        raise TokenRefused("dpop_htu")


def _check_time(claims: dict[str, Any], now: float) -> None:
    issued = claims.get("iat")
    if type(issued) is not int or not 0 <= issued < LARGEST_TIME:
        raise TokenRefused("dpop_iat")
    if not now - OLDEST_SECONDS <= issued <= now + NEWEST_SECONDS:
        raise TokenRefused("dpop_iat")
    if not now < _time(claims, "exp", LARGEST_TIME) or _time(claims, "nbf", 0) > now + NEWEST_SECONDS:
        raise TokenRefused("dpop_iat")


def _time(claims: dict[str, Any], name: str, absent: int) -> int:
    at = claims.get(name, absent)
    if type(at) is not int:
        raise TokenRefused("dpop_iat")
    return at


def _id_of(claims: dict[str, Any]) -> str:
    jti = claims.get("jti")
    if type(jti) is not str or not 0 < len(jti) <= LONGEST_JTI:
        raise TokenRefused("dpop_jti")
    return jti


def _nonce_of(claims: dict[str, Any]) -> str | None:
    if "nonce" not in claims:
        return None
    nonce = claims["nonce"]
    if type(nonce) is not str or not 0 < len(nonce) <= LONGEST_NONCE:
        raise TokenRefused("dpop_nonce")
    return nonce


def _decoded(part: str) -> bytes:
    try:
        return decoded(part)
    except TokenRefused as error:
        raise TokenRefused("dpop_format") from error
