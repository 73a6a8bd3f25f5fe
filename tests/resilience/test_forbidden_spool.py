"""T9: a spool whose folder may not be written any more, and one whose file system is unmounted under the writer."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from audit.apps import AuditConfig
from audit.errors import AuditUnavailable
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent
from audit.recorder import Recorder
from audit.shipper import Shipper
from audit.spool import writer as spool_writer
from audit.verification import verify

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "audit"]),
    pytest.mark.skipif(os.getuid() != 0, reason="not run: only root becomes somebody else, or mounts"),
]
NOBODY = 65534
CALL = "proxy.request.rejected"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Nobody's own, where nobody can reach it."""
    with tempfile.TemporaryDirectory(prefix="gh-spool-") as name:
        os.chmod(name, 0o755)
        os.chown(name, NOBODY, NOBODY)
        yield Path(name)


def as_nobody(act: Callable[[], str]) -> str:
    """What `act` gives in a process of its own that is not root."""
    reading, writing = os.pipe()
    if (pid := os.fork()) == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            said = act()
        except BaseException as error:  # noqa: BLE001 (the parent is told, and nothing of the parent's goes on here)
            said = repr(error)
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read().decode()
    os.waitpid(pid, 0)
    return told


def written(recorder: Recorder, kind: str, name: str) -> str:
    try:
        recorder.record(kind, "denied", None, None, None, {"request_id": name})
    except AuditUnavailable:
        return "refused"
    return "kept"


@pytest.mark.parametrize(("kind", "meanwhile"), [("proxy.request.started", "refused"), (CALL, "kept")])
def test_a_folder_that_may_not_be_written_is_told_by_class_and_works_again_by_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str, meanwhile: str
) -> None:
    monkeypatch.setattr(spool_writer, "ROTATE_SECONDS", 0.0)

    def act() -> str:
        recorder = Recorder(folder, "n")
        first = written(recorder, kind, "before")
        recorder.writer().rotate()  # the next record needs a new file
        home = folder / "n" / recorder.writer().id
        home.chmod(0o500)
        second = written(recorder, kind, "meanwhile")
        home.chmod(0o700)
        third = written(recorder, kind, "after")
        recorder.say_absent()
        recorder.writer().close()
        return " ".join((first, second, third))

    assert as_nobody(act) == f"kept {meanwhile} kept"
    Ingestor(folder, "n").run()
    calls = AuditEvent.objects.filter(type=kind).order_by("writer_seq")
    assert [event.request_id for event in calls] == ["before", "after"]
    counted = AuditEvent.objects.get(type="audit.dropped").attrs
    assert counted["refused" if meanwhile == "refused" else "events"] == {kind: 1}
    assert not AuditEvent.objects.filter(type="audit.gap.detected").exists()
    assert verify().holds


@pytest.fixture
def mounted() -> Iterator[Path]:
    """The spool on a file system of its own."""
    AuditConfig.current().close()
    spool = Path(settings.AUDIT_SPOOL)
    spool.mkdir(parents=True, exist_ok=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(spool)], check=False).returncode:
        pytest.skip("not run: nothing can be mounted here")
    try:
        yield spool
    finally:
        subprocess.run(["umount", "-l", str(spool)], check=False, capture_output=True)


def test_what_lay_on_an_unmounted_file_system_is_put_back_whole(mounted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shipper, "_hint", lambda self: None)
    shipper = AuditConfig.current().shipper
    for n in range(5):
        record(CALL, request_id=f"before{n}")
    writer = AuditConfig.current().recorder.writer()
    gone = writer._segment
    began = time.monotonic()
    subprocess.run(["umount", "-l", str(mounted)], check=True)
    shipper.start()
    try:
        while writer._segment is gone:
            assert time.monotonic() - began < 1.0, "not noticed within a second"
            time.sleep(0.01)
    finally:
        shipper.stop()
    record(CALL, request_id="after")
    AuditConfig.current().close()
    Ingestor(mounted, settings.AUDIT_NODE).run()
    calls = AuditEvent.objects.filter(type=CALL).order_by("writer_seq")
    assert [event.request_id for event in calls] == [*(f"before{n}" for n in range(5)), "after"]
    assert AuditEvent.objects.filter(type="audit.spool.removed").count() == 1
    assert verify().holds
