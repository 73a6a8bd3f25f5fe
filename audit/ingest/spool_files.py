"""The spool's files as the ingester sees them: which may be read, what becomes of them."""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from audit.spool.writer import ALIVE

KEEP_SECONDS = 600
LARGEST_SEGMENT = 64 * 1024 * 1024
BEGINNING = 4096
DONE, TORN = ".done", ".torn"


def writers(directory: Path) -> list[Path]:
    """The writers' folders of a node, oldest first."""
    if not directory.is_dir():
        return []
    found = []
    for path in directory.iterdir():
        with suppress(FileNotFoundError):  # another ingester tidied it away
            if path.is_dir():
                found.append((path.stat().st_mtime, path))
    return [path for _, path in sorted(found)]


class TooLarge(ValueError):
    """A file that no writer of ours made. `beginning` is enough to know it by."""

    def __init__(self, size: int, beginning: bytes) -> None:
        super().__init__(f"{size} bytes")
        self.beginning = beginning


def segments(writer: Path) -> list[Path]:
    """Segments that wait, in the order in which they were written."""
    return sorted(path for path in writer.glob("*.seg") if _is_file(path))


def strangers(writer: Path) -> list[Path]:
    """Folders, pipes, links and the like that are named as segments are: to open one could block for ever."""
    return sorted(path for path in writer.glob("*.seg") if not _is_file(path))


def content(path: Path) -> bytes:
    """The bytes of a segment. Raises FileNotFoundError, TooLarge."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size > LARGEST_SEGMENT:
            raise TooLarge(size, file.read(BEGINNING))
        return file.read()


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return True  # another ingester settled it


@contextmanager
def unlocked(path: Path) -> Iterator[bool]:
    """Whether nobody holds the lock on `path`; while the block runs, we do."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        yield True
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


def is_dead(writer: Path) -> bool:
    """Whether the process that wrote here has ended."""
    with unlocked(writer / ALIVE) as free:
        return free


def settle(path: Path, suffix: str) -> None:
    """Take a segment out of the queue; it stays as a replay buffer for a while."""
    with suppress(FileNotFoundError):
        path.rename(path.with_suffix(suffix))


def tidy(writer: Path) -> None:
    """Remove what was kept long enough, and the folder of a dead writer when nothing is left in it."""
    now = time.time()
    for path in writer.glob(f"*{DONE}"):
        if now - path.stat().st_mtime > KEEP_SECONDS:
            path.unlink(missing_ok=True)
    with suppress(FileNotFoundError), unlocked(writer / ALIVE) as free:
        if not free:
            return
        for path in writer.glob("*.new"):
            path.unlink(missing_ok=True)  # its writer was killed before it held a record
        if {path.name for path in writer.iterdir()} <= {ALIVE}:
            (writer / ALIVE).unlink(missing_ok=True)
            with suppress(OSError):  # a writer came to life in it
                writer.rmdir()
