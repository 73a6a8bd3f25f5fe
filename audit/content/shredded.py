"""The list of destroyed keys, beside the database: a backup that is put back must not bring them to life again.

A text file with one line for each key: its id, when, why. Nothing is ever taken off it.
"""

import os
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from django.conf import settings


def listed() -> frozenset[UUID]:
    """The ids of all keys that were destroyed. Raises OSError."""
    path = _path()
    try:
        stamp = path.stat()
    except FileNotFoundError:
        return frozenset()
    return _read(path, stamp.st_mtime_ns, stamp.st_size)


def note(key_ids: list[UUID], when: datetime, reason: str) -> None:
    """Append keys, on the disk when it returns. Called before the rows are changed. Raises OSError."""
    if not key_ids:
        return
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{key_id} {when:%Y-%m-%dT%H:%M:%SZ} {reason}\n" for key_id in key_ids)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, lines.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _path() -> Path:
    return Path(settings.AUDIT_SHREDDED_FILE)


@lru_cache(maxsize=2)
def _read(path: Path, _: int, size: int) -> frozenset[UUID]:
    found = set()
    for line in path.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            found.add(UUID(line.split(" ", 1)[0]))
        except ValueError:
            continue  # the end of a line that a crash cut off: its key is in the row still
    return frozenset(found)
