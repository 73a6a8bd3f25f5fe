"""T9, D9: an open segment that is removed, renamed, replaced is noticed within a second; nothing of it is lost."""

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from audit.apps import AuditConfig
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent
from audit.shipper import Shipper
from audit.verification import verify

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])


@pytest.fixture
def shipper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shipper]:
    """Without its hints to Celery."""
    monkeypatch.setattr(Shipper, "_hint", lambda self: None)
    one = AuditConfig.current().shipper
    one.start()
    yield one
    one.stop()


def open_segment() -> Path:
    (path,) = (settings.AUDIT_SPOOL / settings.AUDIT_NODE).glob("*/*.seg")
    return path


def replaced(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"something else")


def folder_gone(path: Path) -> None:
    shutil.rmtree(path.parent)


CHANGES: dict[str, Callable[[Path], object]] = {
    "removed": Path.unlink,
    "renamed": lambda path: path.rename(path.with_suffix(".old")),
    "replaced": replaced,
    "with its folder": folder_gone,
    "unreadable": lambda path: path.chmod(0),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_it_is_noticed_and_everything_arrives(change: Callable[[Path], object], shipper: Shipper) -> None:
    for n in range(5):
        record("proxy.request.rejected", request_id=f"before{n}")
    path = open_segment()
    began = time.monotonic()
    change(path)
    if change is not CHANGES["unreadable"]:
        writer = AuditConfig.current().recorder.writer()
        while writer._segment is not None and writer._segment.path == path and writer._segment.is_in_place() is False:
            assert time.monotonic() - began < 1.0, "not noticed within a second"
            time.sleep(0.01)
    record("proxy.request.rejected", request_id="after")
    shipper.stop()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    calls = AuditEvent.objects.filter(type="proxy.request.rejected").order_by("writer_seq")
    assert [event.request_id for event in calls] == [*(f"before{n}" for n in range(5)), "after"]
    removals = AuditEvent.objects.filter(type="audit.spool.removed")
    assert removals.count() == (0 if change is CHANGES["unreadable"] else 1)
    assert not AuditEvent.objects.filter(type="audit.gap.detected").exists()
    assert verify().holds
