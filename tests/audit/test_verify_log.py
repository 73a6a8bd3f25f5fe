"""Checks of the whole log leave a row and a record, say how far they are, and never two at once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from audit import tasks
from audit.actions.errors import NotNow
from audit.actions.sign_checkpoint import sign_checkpoint
from audit.actions.verify_log import ask_for_verification, run_verification
from audit.apps import AuditConfig
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent, RollUp, TreeTile, VerificationRun
from audit.verification import verify

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_KEY_FILE = tmp_path / "key"
    settings.AUDIT_CHECKPOINT_FILE = tmp_path / "checkpoint"


def taken_in(count: int) -> None:
    for _ in range(count):
        record("proxy.request.rejected", outcome="denied")
    AuditConfig.current().close()
    AuditConfig.current().__dict__.pop("recorder", None)
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()


def test_a_log_that_holds_is_said_to_hold_and_that_is_on_record() -> None:
    taken_in(300)
    sign_checkpoint()
    run = run_verification(ask_for_verification("ann", columns=True))
    assert (run.state, run.events, run.findings) == (VerificationRun.State.HOLDS, 302, [])
    assert run.percent == 100 and run.ended_at is not None
    taken_in(0)
    said = AuditEvent.objects.get(type="integrity.verified")
    assert said.attrs["asked_by"] == "ann" and said.attrs["events"] == 302


def test_what_is_wrong_is_named_in_the_row_and_on_record() -> None:
    taken_in(3)
    sign_checkpoint()
    AuditEvent.objects.filter(leaf_index=1).update(raw=b'{"forged": 1}')
    run = run_verification(ask_for_verification("ann", columns=False))
    assert run.state == VerificationRun.State.BROKEN
    assert any("leaf 1" in finding for finding in run.findings)
    taken_in(0)
    assert AuditEvent.objects.get(type="integrity.failed").outcome == "failure"


def test_a_check_that_cannot_be_made_is_no_success(settings: Any, tmp_path: Path) -> None:
    taken_in(1)
    sign_checkpoint()
    settings.AUDIT_KEY_FILE.write_text("not a key")
    run = run_verification(ask_for_verification("ann", columns=False))
    assert run.state == VerificationRun.State.FAILED
    assert "could not be checked" in run.findings[0]


def test_one_check_at_a_time_but_a_dead_one_is_no_obstacle() -> None:
    first = ask_for_verification("ann", columns=False)
    with pytest.raises(NotNow):
        ask_for_verification("ben", columns=False)
    VerificationRun.objects.filter(pk=first.pk).update(touched_at=timezone.now() - timedelta(minutes=11))
    assert ask_for_verification("ben", columns=False).pk != first.pk


def test_the_sweep_takes_up_what_waits_once_and_the_schedule_gives_way_to_it() -> None:
    taken_in(1)
    run = ask_for_verification("ann", columns=False)
    tasks.verify_on_schedule(True)
    assert VerificationRun.objects.count() == 1
    tasks.take_up()
    tasks.take_up()
    run.refresh_from_db()
    assert run.state == VerificationRun.State.HOLDS
    tasks.verify_on_schedule(True)
    assert list(VerificationRun.objects.values_list("asked_by", "columns")) == [("schedule", True), ("ann", False)]


def test_the_log_may_grow_while_it_is_checked() -> None:
    taken_in(300)
    sign_checkpoint()
    grown: list[int] = []

    def meanwhile(looked_at: int) -> None:
        if not grown:
            taken_in(300)
            sign_checkpoint()
        grown.append(looked_at)

    report = verify(progress=meanwhile)
    assert report.findings == [] and report.events == 302 and grown == [302, 302]


def test_a_tile_that_is_longer_than_the_log_is_found() -> None:
    taken_in(3)
    tile = TreeTile.objects.get(pk=0)
    TreeTile.objects.filter(pk=0).update(hashes=bytes(tile.hashes) + bytes(32))
    assert any("tile 0/0" in finding for finding in verify().findings)


def test_roll_ups_are_counted_anew_by_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    taken_in(5)
    before = sorted(RollUp.objects.values_list("type", "events"))
    RollUp.objects.update(events=77)
    call_command("audit", "rollup", "rebuild")
    assert sorted(RollUp.objects.values_list("type", "events")) == before
    assert capsys.readouterr().out == "5 events counted\n"
