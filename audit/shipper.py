"""The shipper: a thread that closes segments in time and hints to Celery that there is something to take in.

A hint is never the only copy of anything: when the broker is away, the sweep or a later hint finds the same segments.
"""

import threading
from typing import Any

import structlog
from kombu.exceptions import KombuError

from audit.recorder import Recorder
from audit.tasks import ingest

logger = structlog.get_logger(__name__)
TICK_SECONDS = 0.2


class Shipper:
    """One per process that records much.

    Args:
        node: names the queue of the worker that shares this machine's disk.
    """

    def __init__(self, recorder: Recorder, node: str) -> None:
        self._recorder = recorder
        self._node = node
        self._shipped = 0
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._ship, name="audit-shipper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close what is open, give a last hint."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        if self._recorder.has_writer():
            self._recorder.writer().close()
            self._hint()

    def _ship(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                self._tick()
            except OSError as error:
                logger.error("audit.spool_trouble", error=str(error))
            except Exception:  # the thread's outermost boundary: a defect must not end shipping silently
                logger.exception("audit.shipper_defect")

    def _tick(self) -> None:
        if not self._recorder.has_writer():
            return
        writer = self._recorder.writer()
        writer.rotate()
        if writer.next_seq - 1 > self._shipped:
            self._shipped = writer.next_seq - 1
            self._hint()

    def _hint(self) -> None:
        try:
            # Without argsrepr Celery spends most of the call on a printable form of the arguments (AUDIT 3.1).
            quiet: Any = {"argsrepr": "", "kwargsrepr": ""}
            ingest.apply_async(queue=f"audit.{self._node}", retry=False, expires=60, **quiet)
        except (KombuError, OSError) as error:
            logger.debug("audit.hint_not_sent", error=type(error).__name__)
