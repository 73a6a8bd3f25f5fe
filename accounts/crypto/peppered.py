"""Digests of random secrets, under a numbered pepper.

An HMAC is enough for secrets of 256 bits (ASVS 6.5.2), and a slow hash per request would be a gift to attackers.
"""

import hashlib
import hmac
from collections.abc import Mapping

from accounts.crypto.derivation import derived

PURPOSE = "api-key-pepper"


class PepperedDigest:
    """HMAC-SHA-256 with peppers derived from the key-encryption keys; the pepper's number is the key's id."""

    def __init__(self, keks: Mapping[str, bytes]) -> None:
        self._peppers = {name: derived(key, PURPOSE) for name, key in keks.items()}
        self.current = next(iter(keks))

    def of(self, secret: str, pepper: str | None = None) -> bytes:
        """The digest of `secret`. Raises KeyError for a pepper that is gone: such secrets no longer verify."""
        return hmac.digest(self._peppers[pepper or self.current], secret.encode("utf-8"), hashlib.sha256)

    def matches(self, secret: str, pepper: str, digest: bytes) -> bool:
        """Whether `secret` has `digest`, in constant time; False where the pepper is gone."""
        return pepper in self._peppers and hmac.compare_digest(self.of(secret, pepper), digest)
