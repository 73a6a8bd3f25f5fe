"""Where bodies wait to be sealed: a spool of their own beside the records', encrypted from the first byte on.

The data plane does what is cheap (encrypt, append); taking out secrets, packing and sealing is the ingester's.
A body is appended when it is whole and lies in one segment; when `keep` returns, it survives the process.
"""

import hmac
import os
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit.spool.frames import Frame
from audit.spool.writer import SpoolWriter

PURPOSE = "audit-content-spool"
PART = struct.Struct(">16sHH")  # content id, number of the frame, how many there are
PART_BYTES = 60 * 1024
Keys = Mapping[str, bytes]


class NotReadable(ValueError):
    """A frame that no key of ours opens."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A body in the spool. `about`: the columns of the call's record, kind, subject, media type, size on the wire."""

    id: UUID
    about: dict[str, Any]
    body: bytes


class ContentSpool:
    """One per process; opens its writer at the first body, anew after a fork.

    Args:
        keys: gives the installation's keys for this purpose, by id, the current first.
    """

    def __init__(self, directory: Path, node: str, keys: Callable[[], Keys]) -> None:
        self._directory = directory
        self._node = node
        self._keys = keys
        self._writer: SpoolWriter | None = None
        self._cipher: tuple[str, AESGCM] | None = None
        self._opening = threading.Lock()
        os.register_at_fork(after_in_child=self._forked)

    def keep(self, content_id: UUID, about: Mapping[str, Any], body: bytes) -> None:
        """Append one body. Raises OSError: there is no room; nothing of it remains."""
        plain = orjson.dumps(dict(about), option=orjson.OPT_SORT_KEYS) + b"\n" + body
        count = -(-len(plain) // PART_BYTES)
        writer = self.writer()
        name, cipher = self._cipher_of(writer)
        with writer.lock():
            writer.make_room(len(plain) + count * 256)
            for number in range(count):
                head = bytes((len(name),)) + name.encode() + PART.pack(content_id.bytes, number, count)
                piece = plain[number * PART_BYTES : (number + 1) * PART_BYTES]
                nonce = writer.next_seq.to_bytes(12, "big")  # the key is this writer's alone, its numbers never repeat
                writer.append(writer.next_seq, head + cipher.encrypt(nonce, piece, head), sync=False)

    def writer(self) -> SpoolWriter:
        """This process's writer."""
        with self._opening:
            if self._writer is None:
                self._writer = SpoolWriter(self._directory, self._node)
            return self._writer

    def has_writer(self) -> bool:
        """Whether this process kept a body."""
        return self._writer is not None

    def _cipher_of(self, writer: SpoolWriter) -> tuple[str, AESGCM]:
        if self._cipher is None:
            name, key = next(iter(self._keys().items()))
            self._cipher = name, AESGCM(writers_key(key, writer.id))
        return self._cipher

    def _forked(self) -> None:
        """In a child: the open segment, and the numbers, are the parent's."""
        if self._writer is not None:
            self._writer.abandon()
        self._writer = self._cipher = None
        self._opening = threading.Lock()


def writers_key(key: bytes, writer: str) -> bytes:
    """Each writer has a key of its own, so that its sequence numbers can be nonces."""
    return hmac.digest(key, writer.encode(), sha256)


class Reader:
    """Opens the frames of one writer's segment."""

    def __init__(self, keys: Keys, writer: str) -> None:
        self._ciphers = {name: AESGCM(writers_key(key, writer)) for name, key in keys.items()}

    def bodies(self, frames: Iterator[Frame]) -> Iterator[tuple[Frame, Waiting | None]]:
        """Each body with its last frame; None for frames that hold none of ours."""
        parts: list[bytes] = []
        for frame in frames:
            try:
                content_id, number, count, piece = self._opened(frame)
            except NotReadable:
                parts = []
                yield frame, None
                continue
            parts = [*parts, piece] if number == len(parts) else [piece] if number == 0 else []
            if parts and len(parts) == count:
                yield frame, _waiting(content_id, b"".join(parts))
                parts = []

    def _opened(self, frame: Frame) -> tuple[UUID, int, int, bytes]:
        length = frame.payload[0] if frame.payload else 0
        end = 1 + length + PART.size
        head, sealed = frame.payload[:end], frame.payload[end:]
        cipher = self._ciphers.get(head[1 : 1 + length].decode("latin-1"))
        if cipher is None or len(head) != end:
            raise NotReadable("no key of ours")
        try:
            plain = cipher.decrypt(frame.seq.to_bytes(12, "big"), sealed, head)
        except (InvalidTag, ValueError) as error:
            raise NotReadable("altered, or another writer's") from error
        content, number, count = PART.unpack(head[1 + length :])
        return UUID(bytes=content), number, count, plain


def _waiting(content_id: UUID, plain: bytes) -> Waiting | None:
    head, _, body = plain.partition(b"\n")
    about = orjson.loads(head)
    return Waiting(content_id, about, body)
