"""T8, as far as a process can try it: the disk is asked before the caller goes on, or in the class's window."""

import os
import threading
import time
from collections.abc import Callable

import pytest

from audit.apps import AuditConfig
from audit.catalogue import EVENT_TYPES, Durability
from audit.log import record
from audit.shipper import TICK_SECONDS, Shipper

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
SYNC = next(name for name, kind in EVENT_TYPES.items() if kind.durability is Durability.SYNC)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of what the disk was asked to keep."""
    found: list[int] = []
    real: Callable[[int], None] = os.fdatasync

    def watched(descriptor: int) -> None:
        real(descriptor)
        found.append(os.fstat(descriptor).st_ino)

    monkeypatch.setattr(os, "fdatasync", watched)
    return found


def inode() -> int:
    segment = AuditConfig.current().recorder.writer()._segment
    assert segment is not None
    return os.stat(segment.path).st_ino


def test_what_is_sync_is_on_the_disk_before_the_caller_goes_on(asked: list[int]) -> None:
    record(SYNC, outcome="failure")
    assert asked == [inode()]


def test_the_rest_follows_within_the_window(asked: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shipper, "_hint", lambda self: None)
    shipper = AuditConfig.current().shipper
    shipper.start()
    try:
        record("proxy.request.rejected")
        assert TICK_SECONDS <= 0.05
        done, mine = threading.Event(), inode()
        deadline = time.monotonic() + 5  # the window is 50 ms; a busy machine decides when the thread runs
        while mine not in asked and time.monotonic() < deadline:
            done.wait(0.005)
        assert mine in asked
    finally:
        shipper.stop()
