"""Inner nodes (RFC 6962 section 2.1), and folding whole rows of them."""

from collections.abc import Sequence
from hashlib import sha256

NODE_PREFIX = b"\x01"
EMPTY_ROOT = sha256().digest()
HASH_SIZE = 32


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 over 0x01 and both children."""
    return sha256(NODE_PREFIX + left + right).digest()


def folded(row: Sequence[bytes]) -> bytes:
    """The root over `row`, whose length is a power of two."""
    while len(row) > 1:
        row = [sha256(NODE_PREFIX + row[n] + row[n + 1]).digest() for n in range(0, len(row), 2)]
    return row[0]
