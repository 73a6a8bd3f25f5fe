"""The shipper: a thread that closes segments in time and hints to Celery that there is something to take in.

A hint is never the only copy of anything: when the broker is away, the sweep or a later hint finds the same segments.
"""

import os
import threading
import time
from typing import Any

import structlog
from kombu.exceptions import KombuError

from audit.content.spooling import ContentSpool
from audit.context import SYSTEM
from audit.recorder import Recorder
from audit.spool.writer import SegmentRemoved
from audit.tasks import ingest

logger = structlog.get_logger(__name__)
TICK_SECONDS = 0.05  # the most that a crash of the machine can cost records of the ordinary class (AUDIT D2)
HINT_SECONDS = 0.2
HEARTBEAT_SECONDS = 30.0
SAY_SECONDS = 60.0  # between two counts of calls that the policy leaves out


class Shipper:
    """One per process that records much.

    Args:
        contents: bodies on their way.
        node: names the queue of the worker that shares this machine's disk.
    """

    def __init__(self, recorder: Recorder, contents: ContentSpool, node: str) -> None:
        self._recorder = recorder
        self._contents = contents
        self._node = node
        self._shipped = 0
        self._synced = 0
        self._announced = ""
        self._heard_at = 0.0
        self._hinted_at = 0.0
        self._said_at = 0.0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; nothing where it ships already. After a fork it does not."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._stopping.clear()
        self._thread = threading.Thread(target=self._ship, name="audit-shipper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close what is open, give a last hint."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._recorder.has_writer():
            self._recorder.say_absent()
            self._say("closed")
            self._recorder.writer().close()
            if self._contents.has_writer():
                self._contents.writer().close()
            self._hint()

    def _ship(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                self._tick()
            except SegmentRemoved as error:
                logger.error("audit.spool_trouble", error=str(error))
                about = {"segment": error.segment, "records": error.count}
                self._recorder.record("audit.spool.removed", "failure", SYSTEM, None, about, {})
            except OSError as error:
                logger.error("audit.spool_trouble", error=str(error))
            except Exception:  # the thread's outermost boundary: a defect must not end shipping silently
                logger.exception("audit.shipper_defect")

    def _tick(self) -> None:
        if not self._recorder.has_writer():
            return
        writer = self._recorder.writer()
        if writer.id != self._announced:
            self._announced, self._shipped, self._synced = writer.id, 0, 0
            self._say("opened")
        elif time.monotonic() - self._heard_at >= HEARTBEAT_SECONDS:
            self._say("heartbeat")
        if writer.next_seq > self._synced:
            self._synced = writer.next_seq
            writer.sync()
        writer.rotate()
        self._ship_contents()
        if self._recorder.absent.has_dropped or (self._recorder.absent and self._is_time_to_say()):
            self._said_at = time.monotonic()
            self._recorder.say_absent()
        if writer.closed > self._shipped and time.monotonic() - self._hinted_at >= HINT_SECONDS:
            self._shipped, self._hinted_at = writer.closed, time.monotonic()
            self._hint()

    def _ship_contents(self) -> None:
        """Bodies reach the disk as records do, and are taken in by the same task."""
        if not self._contents.has_writer():
            return
        writer = self._contents.writer()
        writer.sync()
        writer.rotate()

    def _is_time_to_say(self) -> bool:
        return time.monotonic() - self._said_at >= SAY_SECONDS

    def _say(self, what: str) -> None:
        """Silence is evidence: a writer that neither speaks nor closed was ended (AUDIT C7)."""
        self._heard_at = time.monotonic()
        self._recorder.record(f"audit.writer.{what}", "success", SYSTEM, None, {"pid": os.getpid()}, {})

    def _hint(self) -> None:
        try:
            # Without argsrepr Celery spends most of the call on a printable form of the arguments (AUDIT 3.1).
            quiet: Any = {"argsrepr": "", "kwargsrepr": ""}
            ingest.apply_async(queue=f"audit.{self._node}", retry=False, expires=60, **quiet)
        except (KombuError, OSError) as error:
            logger.debug("audit.hint_not_sent", error=type(error).__name__)
