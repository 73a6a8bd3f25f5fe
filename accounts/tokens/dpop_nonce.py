"""The server's nonce for DPoP proofs: the time and a signature over it, so that nobody remembers it (SECURITY 5.7).

Every process that holds the key makes and takes the same nonces.
"""

import base64
import hashlib
import hmac

from accounts.tokens.errors import TokenRefused
from accounts.tokens.verifier import decoded

BUCKET_SECONDS = 300
TIME_BYTES = 8
MAC_BYTES = 16
PURPOSE = "dpop-nonce"


class NonceMaker:
    """Makes nonces and knows its own.

    Args:
        keys: 32 bytes each; the first one makes, all of them are known.
    """

    def __init__(self, *keys: bytes) -> None:
        if not keys or any(len(key) < 32 for key in keys):
            raise ValueError("nonces need keys of 32 bytes")
        self._keys = keys

    def current(self, now: float) -> str:
        """The nonce of this five minutes."""
        return self._of(int(now // BUCKET_SECONDS), self._keys[0])

    def knows(self, nonce: str, now: float) -> bool:
        """Whether it is of this five minutes or the five before."""
        try:
            raw = decoded(nonce)
        except (TokenRefused, UnicodeEncodeError):
            return False
        if len(raw) != TIME_BYTES + MAC_BYTES:
            return False
        bucket = int.from_bytes(raw[:TIME_BYTES], "big")
        if not 0 <= now // BUCKET_SECONDS - bucket <= 1:
            return False
        return any(hmac.compare_digest(self._of(bucket, key), nonce) for key in self._keys)

    def _of(self, bucket: int, key: bytes) -> str:
        time = bucket.to_bytes(TIME_BYTES, "big")
        mac = hmac.digest(key, time, hashlib.sha256)[:MAC_BYTES]
        return base64.urlsafe_b64encode(time + mac).rstrip(b"=").decode("ascii")
