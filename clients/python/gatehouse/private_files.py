"""Files that only their owner may read."""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any

from gatehouse.errors import GatehouseError

OTHERS = 0o077


def read_private(path: Path) -> bytes:
    """What it holds. Raises GatehouseError: it is not there, or others could have read it."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & OTHERS:
                raise GatehouseError(f"Others may read {path}. If nobody did: chmod 600 {path}")
            return file.read()
    except OSError as error:
        raise GatehouseError(f"{path} cannot be read: {error.strerror}") from error


def make_once(path: Path, content: Callable[[], bytes]) -> None:
    """Write a file that is not there yet; whoever comes second finds the first one's, whole."""
    if not path.exists():
        with locked(path):
            if not path.exists():
                write_private(path, content())


def write_private(path: Path, content: bytes) -> None:
    """Put a file there as a whole, mode 0600, in a folder of mode 0700."""
    make_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """A file of ours; {} where there is none. Raises GatehouseError where it cannot be used."""
    if not path.exists():
        return {}
    try:
        found = json.loads(read_private(path))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise GatehouseError(f"{path} is damaged. Delete it and sign in again.")
    return found


def write_json(path: Path, value: dict[str, Any]) -> None:
    """As above."""
    write_private(path, json.dumps(value, indent=2).encode() + b"\n")


def make_folder(path: Path) -> None:
    """With mode 0700 where it is new."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process and thread at a time, by a lock file beside `path`."""
    make_folder(path.parent)
    handle = os.open(path.with_name(f".{path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        flock(handle, LOCK_EX)
        yield
    finally:
        os.close(handle)
