"""DPoP proofs (RFC 9449): each request is signed by the key that the token is bound to."""

import hashlib
import secrets
import time
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from gatehouse.signer import Signer, encoded


class ProofKey:
    """A key, and the nonces that servers gave for it.

    Attributes:
        nonces: by origin; the newest one counts (RFC 9449 §8.2).
    """

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self.nonces: dict[str, str] = {}

    @classmethod
    def fresh(cls) -> Self:
        """For the life of this process: nothing on disk to steal."""
        return cls(Signer.fresh())

    @classmethod
    def kept(cls, path: Path) -> Self:
        """Of a file of mode 0600, made where there is none. Raises GatehouseError."""
        return cls(Signer.kept(path))

    @property
    def thumbprint(self) -> str:
        """What `cnf.jkt` of a token bound to it says."""
        return self._signer.thumbprint

    def proof(self, method: str, url: str, token: str | None = None) -> str:
        """The value of a `DPoP` header for one request.

        Args:
            token: the access token that goes with it, if any.
        """
        claims = {"jti": secrets.token_urlsafe(16), "htm": method.upper(), "htu": target(url), "iat": int(time.time())}
        if token is not None:
            claims["ath"] = encoded(hashlib.sha256(token.encode("ascii")).digest())
        if nonce := self.nonces.get(origin(url)):
            claims["nonce"] = nonce
        return self._signer.jwt({"typ": "dpop+jwt", "jwk": self._signer.public_jwk}, claims)

    def learn(self, url: str, nonce: str | None) -> bool:
        """Whether the server wants another nonce than was sent."""
        if not nonce or self.nonces.get(origin(url)) == nonce:
            return False
        self.nonces[origin(url)] = nonce
        return True


def target(url: str) -> str:
    """`htu`: without query and fragment."""
    return url.partition("#")[0].partition("?")[0]


def origin(url: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
