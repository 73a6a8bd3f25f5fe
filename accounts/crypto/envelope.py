"""Secrets at rest: AES-256-GCM under a numbered key, bound to the place where they are kept (SECURITY 4.2).

A record is `v1.<kek id>.<nonce>.<ciphertext>`. The associated data names model, field and row, so that a ciphertext
moved to another row does not open. Failure raises; the input is never given back in place of the plain text.
"""

import base64
import binascii
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from accounts.crypto.derivation import derived

VERSION = "v1"
NONCE_BYTES = 12
PURPOSE = "field-encryption"


class UnsealError(Exception):
    """A sealed value cannot be opened: unknown key, altered bytes, or another row's."""


class Envelope:
    """Seals and opens with a ring of key-encryption keys; the first writes, all read.

    Args:
        keks: key id to 32 random bytes.

    Raises:
        ValueError: there is no key.
    """

    def __init__(self, keks: Mapping[str, bytes]) -> None:
        if not keks:
            raise ValueError("an envelope needs at least one key")
        self._ciphers = {name: AESGCM(derived(key, PURPOSE)) for name, key in keks.items()}
        self._writer = next(iter(keks))

    def seal(self, plaintext: bytes, *, aad: str) -> str:
        """`plaintext` under the writing key, bound to `aad`."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._writer].encrypt(nonce, plaintext, aad.encode("utf-8"))
        return ".".join((VERSION, self._writer, _text(nonce), _text(sealed)))

    def unseal(self, record: str, *, aad: str) -> bytes:
        """The plain text. Raises UnsealError."""
        version, _, rest = record.partition(".")
        kek_id, _, rest = rest.partition(".")
        nonce, _, sealed = rest.partition(".")
        cipher = self._ciphers.get(kek_id)
        if version != VERSION or cipher is None:
            raise UnsealError(f"no key {kek_id[:16]!r} for a sealed value")
        try:
            return cipher.decrypt(_raw(nonce), _raw(sealed), aad.encode("utf-8"))
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise UnsealError("a sealed value does not open here") from error

    def is_current(self, record: str) -> bool:
        """Whether `record` is under the writing key; key rotation re-seals those that are not."""
        return record.startswith(f"{VERSION}.{self._writer}.")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _raw(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
