"""Sealing bodies and opening them: packed with zstd, AES-256-GCM, small ones in the row, larger ones in files."""

import os
from hashlib import sha256
from pathlib import Path

import zstandard
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from audit.content.keys import blob_key, unwrapped
from audit.models import AuditBlob, SubjectKey

INLINE_BYTES = 8 * 1024
LEVEL = 3
MOST_BYTES = 64 * 1024 * 1024


class BodyDamaged(ValueError):
    """The sealed bytes are missing or not those that were sealed."""


def sealed(row: SubjectKey, key: bytes, address: str, plain: bytes, media_type: str) -> AuditBlob:
    """The body that holds `plain`, not stored yet; the file of a larger one is on the disk. Raises OSError."""
    nonce = os.urandom(12)
    packed = zstandard.ZstdCompressor(level=LEVEL).compress(plain)
    data = AESGCM(blob_key(key, address)).encrypt(nonce, packed, address.encode())
    blob = AuditBlob(
        key=row, address=address, media_type=media_type[:100], size=len(plain), stored_size=len(data), nonce=nonce,
        sha256_cipher=sha256(data).hexdigest(), location=AuditBlob.Location.INLINE, data=data,
    )  # fmt: skip
    if len(data) > INLINE_BYTES:
        _write(path_of(blob), data)
        blob.location, blob.data = AuditBlob.Location.FILE, b""
    return blob


def opened(blob: AuditBlob) -> bytes:
    """What was sealed. Raises KeyGone, BodyDamaged."""
    key = unwrapped(blob.key)
    try:
        packed = AESGCM(blob_key(key, blob.address)).decrypt(bytes(blob.nonce), ciphertext(blob), blob.address.encode())
        return zstandard.ZstdDecompressor().decompress(packed, max_output_size=MOST_BYTES)
    except (InvalidTag, OSError, zstandard.ZstdError) as error:
        raise BodyDamaged("the stored content is missing or was altered") from error


def ciphertext(blob: AuditBlob) -> bytes:
    """The sealed bytes as they lie there. Raises OSError."""
    return bytes(blob.data) if blob.location == AuditBlob.Location.INLINE else path_of(blob).read_bytes()


def is_whole(blob: AuditBlob) -> bool:
    """Whether the sealed bytes are there and are those that the log names."""
    try:
        return sha256(ciphertext(blob)).hexdigest() == blob.sha256_cipher
    except OSError:
        return False


def path_of(blob: AuditBlob) -> Path:
    """The file of a larger body: named by the hash that stands in the log."""
    return Path(settings.AUDIT_BLOBS) / blob.sha256_cipher[:2] / blob.sha256_cipher[2:]


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
