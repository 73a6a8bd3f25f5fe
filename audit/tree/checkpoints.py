"""Checkpoints: origin, size and root in a signed note (C2SP tlog-checkpoint)."""

from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Sequence
from dataclasses import dataclass

from .nodes import HASH_SIZE
from .notes import NoteInvalid, SignerKey, VerifierKey, opened, signed


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: how many leaves it has and their root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    def note(self, keys: Sequence[SignerKey]) -> str:
        """Signed."""
        return signed(self.text(), keys)

    @classmethod
    def parsed(cls, text: str) -> "Checkpoint":
        """From text(), with any extension lines left out. Raises NoteInvalid."""
        origin, size, root, *_ = [*text.split("\n"), "", "", ""]
        if not origin or not is_decimal(size):
            raise NoteInvalid("not a checkpoint")
        return cls(origin, int(size), hash_of(root))

    @classmethod
    def opened(cls, note: bytes, trusted: Sequence[VerifierKey]) -> "Checkpoint":
        """From a note that a trusted key with the origin's name signed. Raises NoteInvalid."""
        text, keys = opened(note, trusted)
        checkpoint = cls.parsed(text)
        if all(key.name != checkpoint.origin for key in keys):
            raise NoteInvalid(f"no key of {checkpoint.origin} signed its checkpoint")
        return checkpoint


def is_decimal(text: str) -> bool:
    """Whether `text` is an ASCII number without leading zeroes, below 2**63."""
    return text.isascii() and text.isdigit() and len(text) < 20 and str(int(text)) == text


def hash_of(text: str) -> bytes:
    """A hash from base64. Raises NoteInvalid."""
    try:
        data = b64decode(text, validate=True)
    except (BadBase64, ValueError) as error:
        raise NoteInvalid("not base64") from error
    if len(data) != HASH_SIZE:
        raise NoteInvalid(f"{len(data)} bytes are no SHA-256 hash")
    return data
