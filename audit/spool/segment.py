"""One open segment file: preallocated, locked by its writer, appended to whole frames at a time."""

import errno
import fcntl
import mmap
import os
from hashlib import sha256
from pathlib import Path

from audit.spool.frames import Header, packed_frame, packed_trailer

SEGMENT_BYTES = 8 * 1024 * 1024


class SegmentFull(Exception):
    """The frame does not fit; the writer opens the next segment."""


class Segment:
    """An open segment. The lock on it says that its writer lives.

    Raises:
        OSError: the file cannot be made or preallocated: the disk is full, or not ours.
    """

    def __init__(self, path: Path, header: Header, size: int = SEGMENT_BYTES) -> None:
        self.path = path
        self.header = header
        self._size = size
        self._offset = 0
        self._map: mmap.mmap | None = None
        unborn = path.with_suffix(".new")  # the ingester must not see it before it is locked and has its header
        self._fd = os.open(unborn, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._map = _preallocated(self._fd, size)
            self._put(header.packed())
            unborn.rename(path)
        except OSError:
            self.abandon()
            unborn.unlink(missing_ok=True)
            raise
        self._inode = os.fstat(self._fd).st_ino
        self._first = self._offset
        self.count = 0
        self.last_seq = header.first_seq - 1

    def append(self, seq: int, payload: bytes) -> None:
        """Write one frame. When it returns, the kernel has it whole.

        Raises:
            SegmentFull: there is no room left.
            OSError: it could not be written; nothing of it remains.
        """
        frame = packed_frame(seq, payload)
        if self._offset + len(frame) + 256 > self._size:  # room for the trailer
            raise SegmentFull
        self._put(frame)
        self.count += 1
        self.last_seq = seq

    def has_room(self, size: int) -> bool:
        """Whether frames of so many bytes in all still fit."""
        return self._offset + size + 256 <= self._size

    def sync(self) -> None:
        """Wait until the disk has it. Raises OSError."""
        os.fdatasync(self._fd)

    def duplicate(self) -> int:
        """A descriptor of the same file, to sync without holding the writer's lock. The caller closes it."""
        return os.dup(self._fd)

    def close(self) -> None:
        """Write the trailer, cut the preallocated rest, let go of the lock."""
        try:
            self._put(self._trailer())
            self._unmap()
            os.ftruncate(self._fd, self._offset)
            os.fdatasync(self._fd)
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go of the file as it is: after a fork it is the parent's, after a failure it is evidence."""
        self._unmap()
        os.close(self._fd)

    def rescue(self) -> Path:
        """Put what a removed file held, and still holds for us, where the ingester looks. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place = self.path if not self.path.exists() else self.path.with_name(f"{self.path.stem}r{self.path.suffix}")
        draft = place.with_suffix(".new")
        with draft.open("xb") as file:
            file.write(os.pread(self._fd, self._offset, 0) + self._trailer())
            file.flush()
            os.fdatasync(file.fileno())
        draft.rename(place)
        return place

    def is_in_place(self) -> bool:
        """Whether the path still leads to this file (Vault #31718: a deleted log goes on being written)."""
        try:
            return os.stat(self.path).st_ino == self._inode and os.fstat(self._fd).st_nlink > 0
        except OSError:
            return False

    def _trailer(self) -> bytes:
        """Hashed at the end, in one go and without the interpreter lock: not while a request waits for its record."""
        frames = os.pread(self._fd, self._offset - self._first, self._first)
        return packed_trailer(self.count, self.last_seq, sha256(frames).digest())

    def _unmap(self) -> None:
        if self._map is not None:
            self._map.close()
            self._map = None

    def _put(self, data: bytes) -> None:
        """Into the page cache, which outlives the process.

        Through the mapping where there is one: a system call would let go of the interpreter lock, and under load
        getting it back costs ten times the write (measured with bench/).
        """
        if self._map is not None:
            self._map[self._offset : self._offset + len(data)] = data
            self._offset += len(data)
        else:
            self._write(data)

    def _write(self, data: bytes) -> None:
        written = os.pwrite(self._fd, data, self._offset)
        if written != len(data):
            # The kernel writes what fits and fails at the next call: take the half frame back.
            os.pwrite(self._fd, bytes(written), self._offset)
            raise OSError(errno.ENOSPC, "the spool is full")
        self._offset += written


def _preallocated(fd: int, size: int) -> mmap.mmap | None:
    """Take the room now, while it can still be refused; a mapping, where the file system guarantees that room."""
    if not hasattr(os, "posix_fallocate"):
        os.ftruncate(fd, size)
        return None
    os.posix_fallocate(fd, 0, size)
    return mmap.mmap(fd, size)
