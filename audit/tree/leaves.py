"""Leaves (RFC 6962 §2.1)."""

from hashlib import sha256

LEAF_PREFIX = b"\x00"


def leaf_hash(record: bytes) -> bytes:
    """SHA-256 over 0x00 and the record's exact bytes."""
    return sha256(LEAF_PREFIX + record).digest()
