"""One key, one purpose: sub-keys by HKDF with distinct info strings (SECURITY 4.2; RFC 5869)."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


def derived(key: bytes, purpose: str) -> bytes:
    """32 bytes for `purpose` from a key-encryption key."""
    return HKDF(SHA256(), KEY_BYTES, None, f"gatehouse/{purpose}/v1".encode("ascii")).derive(key)
