"""T10, T11: clocks that jump and processes that fork: no number is used twice, the order is kept, the jump is said."""

import os
import secrets
import threading
import time
import uuid
from typing import Any

import pytest
from django.conf import settings

from audit import recorder as recorder_module
from audit.apps import AuditConfig
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent
from audit.verification import verify

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
DAY = 86_400


def ingest() -> None:
    AuditConfig.current().close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()


def uuid7_of(milliseconds: int) -> uuid.UUID:
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | secrets.randbits(62))


def at(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    """From here on the clock is `seconds` off."""
    real = time.time_ns() + seconds * 1_000_000_000
    monkeypatch.setattr(recorder_module.time, "time_ns", lambda: real)
    monkeypatch.setattr(recorder_module, "uuid7", lambda: uuid7_of(real // 1_000_000))


@pytest.mark.parametrize("jump", [DAY, -DAY], ids=["ahead", "back"])
def test_a_clock_that_jumps_costs_nothing_and_is_said(jump: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        record("proxy.request.rejected", request_id=f"r{n}")
    with monkeypatch.context() as moved:
        at(moved, jump)
        for n in range(3, 6):
            record("proxy.request.rejected", request_id=f"r{n}")
    for n in range(6, 9):
        record("proxy.request.rejected", request_id=f"r{n}")
    ingest()
    calls = AuditEvent.objects.filter(type="proxy.request.rejected")
    assert [event.request_id for event in calls.order_by("writer_seq")] == [f"r{n}" for n in range(9)]
    assert [event.request_id for event in calls.order_by("leaf_index")] == [f"r{n}" for n in range(9)]
    skew = AuditEvent.objects.get(type="audit.clock.skewed")
    assert abs(skew.attrs["seconds"]) == pytest.approx(DAY, abs=5)
    assert verify().holds


def test_a_clock_that_is_right_is_not_complained_of() -> None:
    record("proxy.request.rejected")
    ingest()
    assert not AuditEvent.objects.filter(type="audit.clock.skewed").exists()


def child(number: int, results: Any) -> None:
    """What a worker does after the fork: it records, and ends without tidying up."""
    recorder = AuditConfig.current().recorder
    for n in range(50):
        record("proxy.request.rejected", request_id=f"c{number}-{n}")
    os.write(results, f"{recorder.writer().id}\n".encode())
    os._exit(0)


def test_forked_processes_write_each_its_own(transactional_db: None) -> None:
    """As gunicorn's prefork does it: after import, with a writer open and other threads at work."""
    record("proxy.request.rejected", request_id="parent-before")
    stop = threading.Event()

    def busy() -> None:
        while not stop.is_set():
            record("proxy.request.rejected", request_id="thread")
            time.sleep(0.001)

    thread = threading.Thread(target=busy)
    thread.start()
    reading, writing = os.pipe()
    try:
        children = []
        for number in range(3):
            pid = os.fork()
            if pid == 0:
                child(number, writing)
            children.append(pid)
        statuses = [os.waitpid(pid, 0)[1] for pid in children]
    finally:
        stop.set()
        thread.join()
    assert statuses == [0, 0, 0]
    os.close(writing)
    with os.fdopen(reading) as said:
        writers = {line.strip() for line in said}
    record("proxy.request.rejected", request_id="parent-after")
    parent = AuditConfig.current().recorder.writer().id
    assert len(writers | {parent}) == 4
    ingest()
    assert AuditEvent.objects.filter(request_id__startswith="c", type="proxy.request.rejected").count() == 150
    assert AuditEvent.objects.filter(request_id__startswith="parent").count() == 2
    assert not AuditEvent.objects.filter(type="audit.gap.detected").exists()
    assert verify().holds
