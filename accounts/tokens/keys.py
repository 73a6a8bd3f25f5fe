"""Signing and verifying keys. The algorithm belongs to the key (SECURITY B1)."""

import base64
from dataclasses import dataclass, field
from typing import Any

from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

ALGORITHMS = ("ES256", "RS256", "Ed25519")
RSA_BITS = 2048
PUBLIC_MEMBERS = {"EC": ("kty", "crv", "x", "y"), "RSA": ("kty", "n", "e"), "OKP": ("kty", "crv", "x")}


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """The public half: what every verifying process holds."""

    kid: str
    alg: str
    key: Key = field(repr=False)

    @classmethod
    def from_jwk(cls, kid: str, alg: str, jwk: dict[str, Any]) -> "VerifyingKey":
        """From a stored public JWK. Raises ValueError for an algorithm that is not on the list."""
        return cls(kid, alg, imported(alg, jwk))


@dataclass(frozen=True, slots=True)
class SigningKeyPair:
    """Both halves: only the token endpoint holds it, just while signing."""

    kid: str
    alg: str
    key: Key = field(repr=False)

    @classmethod
    def generate(cls, alg: str = "ES256") -> "SigningKeyPair":
        """A fresh key; its `kid` is the RFC 7638 thumbprint."""
        key = _generated(alg)
        return cls(key.thumbprint(), alg, key)

    def public_jwk(self) -> dict[str, Any]:
        """The public members and nothing else (SECURITY J5)."""
        everything = self.key.as_dict(private=False)
        return {name: everything[name] for name in PUBLIC_MEMBERS[str(everything["kty"])]}

    def private_jwk(self) -> dict[str, Any]:
        """All members, to be sealed at once."""
        return dict(self.key.as_dict(private=True))


def imported(alg: str, jwk: dict[str, Any]) -> Key:
    """The key object of a JWK. Raises ValueError when it does not fit the algorithm."""
    if alg == "ES256" and jwk.get("crv") == "P-256":
        return ECKey.import_key(jwk)
    if alg == "Ed25519" and jwk.get("crv") == "Ed25519":
        return OKPKey.import_key(jwk)
    if alg == "RS256" and jwk.get("kty") == "RSA":
        if _bits(str(jwk.get("n"))) < RSA_BITS:
            raise ValueError(f"an RSA key has {RSA_BITS} bits at least")
        return RSAKey.import_key(jwk)
    raise ValueError(f"the key does not fit {alg}")


def _bits(number: str) -> int:
    """Of a base64url number, leading zeros not counted. Raises ValueError."""
    return int.from_bytes(base64.urlsafe_b64decode(number + "=" * (-len(number) % 4)), "big").bit_length()


def _generated(alg: str) -> Key:
    if alg == "ES256":
        return ECKey.generate_key("P-256")
    if alg == "Ed25519":
        return OKPKey.generate_key("Ed25519")
    if alg == "RS256":
        return RSAKey.generate_key(RSA_BITS)
    raise ValueError(f"{alg} is not one of {', '.join(ALGORITHMS)}")
