"""Public keys that clients register for `private_key_jwt` (SECURITY 5.10, B1, B5)."""

from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from accounts.tokens.errors import TokenRefused
from accounts.tokens.keys import PUBLIC_MEMBERS, imported
from accounts.tokens.strict_json import strict_object

PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# What a key is used with where it does not say so itself. RSA keys may say PS256.
DEFAULT_ALGORITHMS = {"EC": "ES256", "OKP": "Ed25519", "RSA": "RS256"}
ALGORITHMS = ("ES256", "Ed25519", "RS256", "PS256")
# The name from before RFC 9864; with a key on Ed25519 it means the same.
OLD_NAMES = {"EdDSA": "Ed25519"}
MOST_KEYS = 10
LONGEST_TEXT = 20_000
LONGEST_KID = 255
LARGEST_RSA_BITS = 8192


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A public key and the one algorithm that it is used with.

    Attributes:
        kid: what its owner calls it; "" where he gave it no name.
        thumbprint: RFC 7638, by SHA-256, as base64url.
    """

    kid: str
    alg: str
    thumbprint: str
    key: Key = field(repr=False)

    @classmethod
    def from_jwk(cls, jwk: dict[str, Any]) -> "ClientKey":
        """Of a public JWK. Raises ValueError with a sentence for who registers it."""
        if PRIVATE_MEMBERS & jwk.keys():
            raise ValueError("This is a private key, or a shared one. Make another one and register its public part.")
        kid, alg = jwk.get("kid", ""), jwk.get("alg") or DEFAULT_ALGORITHMS.get(str(jwk.get("kty")), "")
        alg = OLD_NAMES.get(str(alg), alg)
        if not isinstance(kid, str) or len(kid) > LONGEST_KID or not kid.isprintable():
            raise ValueError("The kid is not a text, or too long.")
        if jwk.get("use", "sig") != "sig":
            raise ValueError("This key is not for signatures.")
        members = _public_members(jwk)
        try:
            key = _checked(str(alg), members)
            return cls(kid, str(alg), key.thumbprint(), key)
        except (JoseError, ValueError) as error:
            raise ValueError(f"The key cannot be used: {str(error) or 'it is not base64url'}") from error

    def names(self) -> tuple[str, str]:
        """What a `kid` header may call it."""
        return self.kid, self.thumbprint

    def public_jwk(self) -> dict[str, Any]:
        """The public members and what they are used with."""
        return {**_public_members(self.key.as_dict(private=False)), "alg": self.alg, "use": "sig", "kid": self.kid}

    def verifies(self, alg: str, signing_input: bytes, signature: bytes) -> bool:
        """Whether the signature is of this key, by its own algorithm whatever the header says."""
        if OLD_NAMES.get(alg, alg) != self.alg:
            return False
        algorithm = jws.JWSRegistry(algorithms=[self.alg]).get_alg(self.alg)
        try:
            return bool(algorithm.verify(signing_input, signature, self.key))
        except (JoseError, ValueError):
            return False


def read_public_keys(text: str) -> list[ClientKey]:
    """The keys in a JWK, a JWK set or a PEM block. Raises ValueError with a sentence for who registers them."""
    text = text.strip()
    if len(text) > LONGEST_TEXT:
        raise ValueError("That is too long for public keys.")
    if text.startswith("-----"):
        return [_from_pem(text)]
    try:
        given = strict_object(text.encode("utf-8", "replace"), "json")
    except TokenRefused as error:
        raise ValueError("Paste a JWK, a JWK set or a public key in PEM format.") from error
    listed = given.get("keys", [given])
    if not isinstance(listed, list) or not all(isinstance(jwk, dict) for jwk in listed):
        raise ValueError("The member “keys” is not a list of keys.")
    if not 0 < len(listed) <= MOST_KEYS:
        raise ValueError(f"Between one key and {MOST_KEYS} keys, please.")
    return [ClientKey.from_jwk(jwk) for jwk in listed]


def _from_pem(text: str) -> ClientKey:
    if "PRIVATE KEY" in text:
        raise ValueError("This is a private key. Make another one and register its public part.")
    try:
        load_pem_public_key(text.encode("ascii"))
        return ClientKey.from_jwk(dict(_of_any_type(text).as_dict(private=False)))
    except (ValueError, JoseError, TypeError) as error:
        raise ValueError("The PEM block is not a public key on P-256 or Ed25519, nor one of RSA.") from error


def _of_any_type(pem: str) -> Key:
    for kind in (ECKey, OKPKey, RSAKey):
        try:
            return kind.import_key(pem)
        except (JoseError, ValueError, TypeError):
            continue
    raise ValueError("not a key of a type that is used here")


def _public_members(jwk: dict[str, Any]) -> dict[str, Any]:
    kind = jwk.get("kty")
    if not isinstance(kind, str) or kind not in PUBLIC_MEMBERS:
        raise ValueError("Keys are of the types EC (P-256), OKP (Ed25519) or RSA.")
    if not all(isinstance(jwk.get(name), str) for name in PUBLIC_MEMBERS[kind]):
        raise ValueError("A member of the key is missing or not a text.")
    return {name: jwk[name] for name in PUBLIC_MEMBERS[kind]}


def _checked(alg: str, members: dict[str, Any]) -> Key:
    """The point is on the curve, the modulus of a size that is safe and not a burden (B5)."""
    if alg not in ALGORITHMS:
        raise ValueError(f"Keys are used with one of {', '.join(ALGORITHMS)}.")
    if len(str(members.get("n", ""))) > LARGEST_RSA_BITS // 6 + 4:
        raise ValueError(f"An RSA key has {LARGEST_RSA_BITS} bits at most.")
    key = imported("RS256" if alg == "PS256" else alg, members)
    _ = key.public_key  # made of the numbers only now, and refused here where they are none
    return key
