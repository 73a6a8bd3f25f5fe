"""Signed notes and their keys (C2SP signed-note, signature type 0x01: Ed25519)."""

from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from . import ed25519

ED25519 = b"\x01"
DASH = "\u2014 "
MOST_SIGNATURES = 100
LONGEST_NOTE = 1_000_000


class NoteInvalid(ValueError):
    """The note is malformed, or not signed by any key that is trusted."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key and the name of its owner."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The first four bytes of SHA-256 over name, line feed, type and key."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parsed(cls, text: str) -> "VerifierKey":
        """From a vkey line. Raises NoteInvalid."""
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        data = _decoded(encoded)
        if not is_name(name) or data[:1] != ED25519 or len(data) != 33:
            raise NoteInvalid("not an Ed25519 verifier key")
        key = cls(name, data[1:])
        if key.id.hex() != key_id:
            raise NoteInvalid("the verifier key's id is not that of the key")
        return key


@dataclass(frozen=True, slots=True)
class SignerKey:
    """A secret key and the name of its owner. Its text form is the one of golang.org/x/mod/sumdb/note."""

    name: str
    secret: bytes

    def __repr__(self) -> str:
        return f"SignerKey({self.name!r})"

    @property
    def verifier(self) -> VerifierKey:
        """Its public half."""
        return VerifierKey(self.name, ed25519.public_of(self.secret))

    def text(self) -> str:
        """PRIVATE+KEY+<name>+<id>+<base64>. A secret."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier.id.hex()}+{b64encode(ED25519 + self.secret).decode()}"

    @classmethod
    def parsed(cls, text: str) -> "SignerKey":
        """From text(). Raises NoteInvalid, which says nothing of the secret."""
        parts = text.strip().split("+", 4)
        data = _decoded(parts[4]) if len(parts) == 5 else b""
        if parts[:2] != ["PRIVATE", "KEY"] or data[:1] != ED25519 or len(data) != 33 or not is_name(parts[2]):
            raise NoteInvalid("not an Ed25519 signing key")
        key = cls(parts[2], data[1:])
        if key.verifier.id.hex() != parts[3]:
            raise NoteInvalid("the signing key's id is not that of the key")
        return key


def is_name(name: str) -> bool:
    """Whether `name` can own a key: not empty, without blanks and plus signs."""
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name)


def signed(text: str, keys: Sequence[SignerKey]) -> str:
    """The note of `text` (which ends in a line feed), signed by each of `keys`."""
    lines = [
        f"{DASH}{key.name} {b64encode(key.verifier.id + ed25519.sign(key.secret, text.encode())).decode()}\n"
        for key in keys
    ]
    return f"{text}\n{''.join(lines)}"


def opened(note: bytes, trusted: Sequence[VerifierKey]) -> tuple[str, list[VerifierKey]]:
    """The text of `note` and which of the trusted keys signed it.

    Raises:
        NoteInvalid: malformed, a wrong signature by a trusted key, or none by any of them.
    """
    text, lines = _divided(note)
    known = {(key.name, key.id): key for key in trusted}
    found: dict[tuple[str, bytes], VerifierKey] = {}
    for line in lines:
        name, signature = _signature(line)
        key = known.get((name, signature[:4]))
        if key is None or (name, key.id) in found:
            continue
        if not ed25519.verify(key.public, text.encode(), signature[4:]):
            raise NoteInvalid(f"the signature of {name} is wrong")
        found[name, key.id] = key
    if not found:
        raise NoteInvalid("no trusted key signed this")
    return text, list(found.values())


def _divided(note: bytes) -> tuple[str, list[str]]:
    if len(note) > LONGEST_NOTE:
        raise NoteInvalid("the note is too long")
    try:
        whole = note.decode()
    except UnicodeDecodeError as error:
        raise NoteInvalid("the note is not UTF-8") from error
    if any(letter < " " and letter != "\n" for letter in whole):
        raise NoteInvalid("the note holds control characters")
    text, blank, signatures = whole.rpartition("\n\n")
    lines = signatures.split("\n")
    if not blank or lines.pop() or not lines or len(lines) > MOST_SIGNATURES:
        raise NoteInvalid("the note has no signatures, or too many, or an unfinished line")
    return text + "\n", lines


def _signature(line: str) -> tuple[str, bytes]:
    name, _, encoded = line.removeprefix(DASH).partition(" ")
    data = _decoded(encoded)
    if not line.startswith(DASH) or not is_name(name) or len(data) < 5:
        raise NoteInvalid("a line after the text is no signature")
    return name, data


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (BadBase64, ValueError) as error:
        raise NoteInvalid("not base64") from error
