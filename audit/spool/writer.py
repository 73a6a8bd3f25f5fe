"""A writer: one life of one process, its records numbered without gaps."""

import fcntl
import os
import threading
import time
from pathlib import Path
from uuid import uuid4

from audit.spool.frames import Header
from audit.spool.segment import SEGMENT_BYTES, Segment, SegmentFull

ROTATE_SECONDS = 1.0
ATTEMPTS = 10
ALIVE = "alive"  # locked for as long as the writer lives


class SegmentRemoved(FileNotFoundError):
    """The open segment was removed or renamed. What it held lies in its place again.

    Attributes:
        segment: its name.
        count: how many records it held.
    """

    def __init__(self, segment: str, count: int) -> None:
        super().__init__(f"the open spool segment {segment} was removed")
        self.segment, self.count = segment, count


class SpoolWriter:
    """Appends records to segments below `directory`/<node>/<writer>/.

    Args:
        directory: the spool.
        node: the name of this machine among those that share the log.

    Raises:
        OSError: from every method: the spool cannot be written.
    """

    def __init__(self, directory: Path, node: str, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.id = str(uuid4())
        self.node = node
        self._directory = directory / node / self.id
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._segment: Segment | None = None
        self._segment_since = 0.0
        self._n = 0
        self.next_seq = 1
        self.closed = 0  # segments that can be taken in
        self.pid = os.getpid()
        self._alive: int | None = None

    def append(self, seq: int, payload: bytes, *, sync: bool) -> None:
        """Keep one record whose number came from `next_seq`. The caller holds `lock()`."""
        segment = self._segment or self._opened()
        try:
            segment.append(seq, payload)
        except SegmentFull:
            self._close_segment()
            segment = self._opened()
            segment.append(seq, payload)
        self.next_seq = seq + 1
        if sync:
            segment.sync()

    def make_room(self, size: int) -> None:
        """Open the next segment, if the open one has not so many bytes left. The caller holds `lock()`."""
        if self._segment is not None and not self._segment.has_room(size):
            self._close_segment()

    def lock(self) -> threading.Lock:
        """Held around taking a number and appending, so that the order of numbers is the order of frames."""
        return self._lock

    def rotate(self) -> None:
        """Close the segment if it is old enough and holds something, so that it can be taken in.

        Raises:
            SegmentRemoved: somebody took it away; nothing of it is lost.
        """
        with self._lock:
            segment = self._segment
            if segment is None:
                return
            if not segment.is_in_place():
                self._segment = None
                self._rescue(segment)
            if not segment.count or time.monotonic() - self._segment_since < ROTATE_SECONDS:
                return
            self._segment = None
        segment.close()  # outside the lock: nobody else appends to it, and no request waits for the disk
        self.closed += 1

    def _rescue(self, segment: Segment) -> None:
        try:
            segment.rescue()
        finally:
            segment.abandon()
        self.closed += 1
        raise SegmentRemoved(segment.path.name, segment.count)

    def sync(self) -> None:
        """Hand what the kernel has to the disk; requests go on meanwhile."""
        with self._lock:
            if self._segment is None:
                return
            descriptor = self._segment.duplicate()
        try:
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """End this writer's life."""
        with self._lock:
            self._close_segment()
            self._let_go()

    def abandon(self) -> None:
        """In a forked child: the open segment belongs to the parent."""
        if self._segment is not None:
            self._segment.abandon()
            self._segment = None
        self._let_go()

    def _let_go(self) -> None:
        if self._alive is not None:
            os.close(self._alive)
            self._alive = None

    def _opened(self) -> Segment:
        self._hold_alive()
        self._n += 1
        header = Header(self.id, self.node, _boot_id(), self.pid, self._n, self.next_seq, time.time_ns() // 1000)
        self._segment = Segment(self._directory / f"{self._n:08d}.seg", header, self._segment_bytes)
        self._segment_since = time.monotonic()
        return self._segment

    def _hold_alive(self) -> None:
        """Hold the lock that says this writer lives, on a file that is still where the ingester looks."""
        path = self._directory / ALIVE
        for _ in range(ATTEMPTS):
            try:
                if self._alive is not None and os.stat(path).st_ino == os.fstat(self._alive).st_ino:
                    return
                self._let_go()
                self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._alive = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(self._alive, fcntl.LOCK_EX)  # an ingester holds it only while it looks
            except FileNotFoundError:
                self._let_go()  # an ingester tidied the empty folder away in between
        raise FileNotFoundError(f"{path.name} of the spool does not stay")

    def _close_segment(self) -> None:
        segment, self._segment = self._segment, None
        if segment is not None:
            segment.close()
            self.closed += 1


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
