"""The Celery application of a worker whose pool child kills itself once, at the step that FAULT names."""

import os
import signal
from pathlib import Path

from config.celery import app
from tests.resilience import killed_ingester

__all__ = ["app"]


def die_once() -> None:
    """The file goes first, so that the child that follows lives."""
    mark = Path(os.environ["FAULT_ONCE"])
    if mark.exists():
        mark.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


killed_ingester.die = die_once
killed_ingester.FAULTS[os.environ["FAULT"]]()
