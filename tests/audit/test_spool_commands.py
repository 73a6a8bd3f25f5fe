"""`manage.py audit spool`: what waits, what ended writers left, what is torn; no evidence goes."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from audit.apps import AuditConfig
from audit.log import record
from audit.models import AuditEvent, DeadLetter
from audit.verification import verify

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])


def said(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    call_command("audit", "spool", *command)
    return capsys.readouterr().out


def spooled(n: int) -> None:
    for number in range(n):
        record("proxy.request.rejected", outcome="denied", request_id=f"request-{number}")


def ended(n: int) -> Path:
    """The segment of a writer that ended after `n` records."""
    spooled(n)
    AuditConfig.current().close()
    return next(settings.AUDIT_SPOOL.rglob("*.seg"))


def test_what_an_ended_writer_left_is_taken_over(capsys: pytest.CaptureFixture[str]) -> None:
    writer = ended(3).parent.name
    assert f"writer {writer} (ended): 1 segments wait" in said(capsys, "status")
    told = said(capsys, "recover")
    assert f"writer {writer} (ended): 1 segments taken over\n1 writers have ended; 3 new records" in told
    assert AuditEvent.objects.count() == 3
    assert "0 new records" in said(capsys, "recover")


def test_a_call_that_an_ended_writer_left_open_is_ended(capsys: pytest.CaptureFixture[str]) -> None:
    record("proxy.request.started", request_id="lost")
    AuditConfig.current().close()
    assert "2 new records" in said(capsys, "recover")
    assert AuditEvent.objects.get(type="proxy.request.aborted").request_id == "lost"


def test_a_living_writer_keeps_its_segment(capsys: pytest.CaptureFixture[str]) -> None:
    spooled(2)
    assert "0 writers have ended; 0 new records" in said(capsys, "recover")
    assert "0 damaged segments" in said(capsys, "repair")
    assert "(alive): 1 segments wait" in said(capsys, "status")


def test_a_machine_that_is_gone_left_its_part(capsys: pytest.CaptureFixture[str]) -> None:
    own = ended(2).parents[1]
    own.rename(own.with_name("gone"))
    assert "0 new records" in said(capsys, "recover")
    assert "2 new records" in said(capsys, "recover", "--node", "gone")
    assert AuditEvent.objects.count() == 2


@pytest.mark.parametrize("name", ["nowhere", "..", "../spool", ".", "/"])
def test_a_node_that_is_none_is_refused(name: str) -> None:
    ended(1)
    with pytest.raises(CommandError, match="no such node"):
        call_command("audit", "spool", "recover", "--node", name)


def test_a_torn_segment_is_named_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    path = ended(3)
    data = path.read_bytes()
    torn = data[: data.rindex(b'{"actor"') + 20]
    path.write_bytes(torn)
    told = said(capsys, "repair")
    assert f"{path.parent.name}/{path.name}: 2 whole records, then " in told
    assert "1 damaged segments; 2 new records" in told
    assert f"  {path.parent.name}/{path.stem}.torn" in told
    assert path.with_suffix(".torn").read_bytes() == torn
    assert torn.endswith(bytes(DeadLetter.objects.get().raw))
    assert verify().holds
    assert "0 segments wait, 1 kept as torn" in said(capsys, "status")
    again = said(capsys, "repair")
    assert "0 damaged segments; 0 new records" in again and f"{path.stem}.torn" in again


def test_what_is_no_segment_is_named_and_kept(capsys: pytest.CaptureFixture[str]) -> None:
    folder = ended(1).parent
    (folder / "99999999.seg").write_bytes(b"this is no segment of ours")
    (folder / "99999998.seg").mkdir()
    told = said(capsys, "repair")
    assert "99999999.seg: 0 whole records, then 26 bytes that are none" in told
    assert "99999998.seg: 0 whole records" in told and "2 damaged segments" in told
    assert (folder / "99999999.torn").read_bytes() == b"this is no segment of ours"
    assert DeadLetter.objects.count() == 2


def test_a_whole_spool_needs_no_repair(capsys: pytest.CaptureFixture[str]) -> None:
    ended(2)
    assert "0 damaged segments; 0 new records; kept as torn, with their bytes:\n  none" in said(capsys, "repair")
    assert not AuditEvent.objects.exists()
