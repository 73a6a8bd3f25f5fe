"""DPoP proofs as clients, and attackers, make them."""

import json
import secrets
import time
from typing import Any

from accounts.tokens.dpop import token_hash
from accounts.tokens.keys import SigningKeyPair
from tests.accounts.tokens.forge import encoded, signature_of


class Prover:
    """A client with a key of its own.

    Args:
        alg: what it signs with.
    """

    def __init__(self, alg: str = "ES256") -> None:
        self.key = SigningKeyPair.generate(alg)
        self.thumbprint = self.key.kid

    def header(self, **changed: Any) -> dict[str, Any]:
        """A good header with changes; `...` leaves a member out."""
        good = {"typ": "dpop+jwt", "alg": self.key.alg, "jwk": self.key.public_jwk(), **changed}
        return {name: value for name, value in good.items() if value is not ...}

    def claims(self, method: str, url: str, token: str | None = None, **changed: Any) -> dict[str, Any]:
        """Good claims with changes; `...` leaves one out."""
        good: dict[str, Any] = {"htm": method, "htu": url, "iat": int(time.time()), "jti": secrets.token_urlsafe(12)}
        if token is not None:
            good["ath"] = token_hash(token)
        return {name: value for name, value in {**good, **changed}.items() if value is not ...}

    def prove(self, method: str, url: str, token: str | None = None, **changed: Any) -> str:
        """A proof for one call."""
        return self.signed(self.header(), self.claims(method, url, token, **changed))

    def signed(self, header: dict[str, Any] | bytes, claims: dict[str, Any] | bytes) -> str:
        """Whatever it is, really signed."""
        parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
        signing_input = ".".join(encoded(part) for part in parts)
        return f"{signing_input}.{encoded(signature_of(self.key, signing_input.encode()))}"
