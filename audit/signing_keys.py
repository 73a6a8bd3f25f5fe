"""The keys that sign checkpoints: a file of this machine's, so that whoever holds the database cannot sign.

One line for a key; the last is the current one. Two lines mean that a rotation is under way: the next checkpoint is
signed by both, then the first is destroyed.
"""

import os
import secrets
from pathlib import Path

from audit.tree.notes import NoteInvalid, SignerKey


class KeyFile:
    """Signing keys in `path` (mode 0600).

    Args:
        origin: names the log, and its first key. Later keys go on under the name of the first.
    """

    def __init__(self, path: Path, origin: str) -> None:
        self._path = path
        self._origin = origin

    def keys(self) -> list[SignerKey]:
        """Oldest first; one is made where there is none. Raises OSError, NoteInvalid: the file is damaged."""
        if not self._path.exists():
            self._create([self._fresh(self._origin)])
        found = [SignerKey.parsed(line) for line in self._path.read_text(encoding="utf-8").splitlines() if line.strip()]
        if not found:
            raise NoteInvalid(f"{self._path.name} is empty: restore it from a backup")
        return found

    def begin_rotation(self) -> SignerKey:
        """Add a key. Raises OSError, NoteInvalid."""
        keys = self.keys()
        if len(keys) == 1:
            keys.append(self._fresh(keys[0].name))
            self._replace(keys)
        return keys[-1]

    def end_rotation(self) -> None:
        """Destroy all but the current one. Raises OSError, NoteInvalid."""
        keys = self.keys()
        if len(keys) > 1:
            self._replace(keys[-1:])

    @staticmethod
    def _fresh(name: str) -> SignerKey:
        return SignerKey(name, secrets.token_bytes(32))

    def _create(self, keys: list[SignerKey]) -> None:
        draft = self._draft(keys)
        try:
            os.link(draft, self._path)
        except FileExistsError:
            pass  # another process was first: its key stands
        finally:
            draft.unlink()

    def _replace(self, keys: list[SignerKey]) -> None:
        self._draft(keys).replace(self._path)

    def _draft(self, keys: list[SignerKey]) -> Path:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._path.with_name(f".{self._path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("".join(f"{key.text()}\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        return draft
