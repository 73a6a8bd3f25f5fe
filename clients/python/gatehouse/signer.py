"""A private key and the JWTs that it signs: ES256, Ed25519 or RS256."""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from gatehouse.errors import GatehouseError
from gatehouse.private_files import make_once, read_private

PrivateKeyObject = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
COORDINATE_BYTES = 32


class Signer:
    """Signs JWTs. Its private part is never shown."""

    def __init__(self, key: PrivateKeyObject) -> None:
        self._key = key
        self.alg, self.public_jwk = _described(key)

    @classmethod
    def fresh(cls) -> Self:
        """A new P-256 key, in memory only."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def of_file(cls, path: Path) -> Self:
        """A PEM file that nobody else may read. Raises GatehouseError."""
        try:
            key = load_pem_private_key(read_private(path), None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise GatehouseError(f"{path} holds no unencrypted private key in PEM format.") from error
        if not isinstance(key, PrivateKeyObject):
            raise GatehouseError(f"{path} holds a key of a kind that is not used here: P-256, Ed25519 or RSA.")
        return cls(key)

    @classmethod
    def kept(cls, path: Path) -> Self:
        """As above; a fresh P-256 key is written there first, mode 0600, where there is none. Raises GatehouseError."""
        make_once(path, lambda: cls.fresh().pem())
        return cls.of_file(path)

    def pem(self) -> bytes:
        """The private key, for its own file."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def thumbprint(self) -> str:
        """RFC 7638."""
        canonical = json.dumps(self.public_jwk, sort_keys=True, separators=(",", ":")).encode()
        return encoded(hashlib.sha256(canonical).digest())

    def jwt(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
        """A compact JWS with `alg` filled in."""
        parts = (json.dumps(part, separators=(",", ":")).encode() for part in ({**header, "alg": self.alg}, claims))
        signing_input = ".".join(encoded(part) for part in parts)
        return f"{signing_input}.{encoded(self._signature(signing_input.encode('ascii')))}"

    def _signature(self, data: bytes) -> bytes:
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
            return r.to_bytes(COORDINATE_BYTES, "big") + s.to_bytes(COORDINATE_BYTES, "big")
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(data)


def encoded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _described(key: PrivateKeyObject) -> tuple[str, dict[str, str]]:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return "Ed25519", {"kty": "OKP", "crv": "Ed25519", "x": encoded(raw)}
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_numbers()
        return "RS256", {"kty": "RSA", "n": _number(public.n), "e": _number(public.e)}
    if key.curve.name != "secp256r1":
        raise GatehouseError("Of elliptic curves, P-256 and Ed25519 are used here.")
    point = key.public_key().public_numbers()
    x, y = (encoded(value.to_bytes(COORDINATE_BYTES, "big")) for value in (point.x, point.y))
    return "ES256", {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _number(value: int) -> str:
    return encoded(value.to_bytes((value.bit_length() + 7) // 8, "big"))
