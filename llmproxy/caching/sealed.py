"""Entries as they lie in the store: compressed, and sealed so that who reads the store reads no answers."""

import os
from dataclasses import asdict, dataclass

import orjson
import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.crypto.derivation import derived

PURPOSE = "response-cache"
NONCE_BYTES = 12
FAST = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """One answer.

    Attributes:
        body: as the client got it; of a stream, all its events.
        answer_type: its media type.
        kept_at: Unix seconds.
        tokens_in, tokens_out, cost_nano: what it took when it was made; None where that is not known.
    """

    body: bytes
    answer_type: str
    kept_at: int
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost_nano: int | None = None


class Sealer:
    """Seals with AES-256-GCM under a key of its own.

    Args:
        kek: the installation's writing key. After its rotation older entries do not open, which is a miss.
    """

    def __init__(self, kek: bytes) -> None:
        self._cipher = AESGCM(derived(kek, PURPOSE))

    def seal(self, kept: Kept, name: str) -> bytes:
        """Bound to its name: moved to another one, it does not open."""
        about = asdict(kept)
        body = about.pop("body")
        packed = zstandard.ZstdCompressor(FAST).compress(orjson.dumps(about) + b"\n" + body)
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, packed, name.encode("ascii"))

    def unseal(self, stored: bytes, name: str, most_bytes: int) -> Kept | None:
        """None where it does not open, or is no entry of ours."""
        try:
            packed = self._cipher.decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], name.encode("ascii"))
            about, _, body = zstandard.ZstdDecompressor().decompress(packed, most_bytes).partition(b"\n")
            return Kept(body, **orjson.loads(about))
        except (InvalidTag, zstandard.ZstdError, orjson.JSONDecodeError, TypeError, ValueError):
            return None
