"""`manage.py audit …`: finding, showing, mending, asking what is wrong."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.apps import AuditConfig
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent, AuditPolicy, DeadLetter, Destination
from audit.record_bytes import encoded

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])


def ingest() -> None:
    AuditConfig.current().close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()


def said(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    call_command("audit", *command)
    return capsys.readouterr().out


def test_events_are_found_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    record("proxy.request.rejected", request_id="r1", actor=None)
    record("proxy.request.failed", outcome="failure", request_id="r2")
    ingest()
    found = said(capsys, "search", "outcome=failure&range=24h")
    assert "r2" in found
    assert "r1" not in found
    event = AuditEvent.objects.get(request_id="r1")
    shown = said(capsys, "show", str(event.pk))
    assert json.loads(shown[: shown.rindex("leaf ")])["id"] == str(event.pk)
    assert f"leaf {event.leaf_index}" in shown


def test_a_wrong_filter_is_named() -> None:
    with pytest.raises(CommandError, match="HTTP status"):
        call_command("audit", "search", "status=often")


def test_a_terminal_is_not_moved_by_what_a_record_says(capsys: pytest.CaptureFixture[str]) -> None:
    record("proxy.request.rejected", request_id="a\x1b[2Jb")
    ingest()
    assert "\x1b" not in said(capsys, "search")


def test_a_dead_letter_that_is_a_record_now_is_taken_in(capsys: pytest.CaptureFixture[str]) -> None:
    good = {
        "actor": {"id": "", "name": "", "type": "system"}, "id": "01938c5e-0000-7000-8000-000000000000",
        "outcome": "denied", "schema": 1, "ts": 1, "type": "proxy.request.rejected",
    }  # fmt: skip
    for raw in (encoded(good), b"never one"):
        DeadLetter.objects.create(source="x", reason="of an older version", raw=raw, found_at=timezone.now())
    assert said(capsys, "dead-letter", "list").count("of an older version") == 2
    assert "1 records taken in" in said(capsys, "dead-letter", "retry")
    assert AuditEvent.objects.filter(type="proxy.request.rejected").count() == 1
    assert bytes(DeadLetter.objects.get().raw) == b"never one"


def test_a_sink_is_tried_and_sent_back(capsys: pytest.CaptureFixture[str], settings: Any) -> None:
    settings.AUDIT_ANCHORS.mkdir(parents=True, exist_ok=True)
    record("proxy.request.rejected")
    ingest()
    sink = Destination.objects.create(name="copy", kind="file", takes="events", address="copy.jsonl", position=1)
    assert "it arrived" in said(capsys, "sink", "test", "copy")
    assert "goes on from leaf 0" in said(capsys, "sink", "reset", "copy")
    sink.refresh_from_db()
    assert sink.position == 0
    with pytest.raises(CommandError):
        call_command("audit", "sink", "reset", "copy", "--to", "99")
    with pytest.raises(CommandError):
        call_command("audit", "sink", "test", "nobody")


def test_an_anchor_is_laid_at_once(capsys: pytest.CaptureFixture[str], settings: Any) -> None:
    settings.AUDIT_ANCHORS.mkdir(parents=True, exist_ok=True)
    with pytest.raises(CommandError, match="no checkpoint"):
        call_command("audit", "anchor")
    record("proxy.request.rejected")
    ingest()
    call_command("audit", "checkpoint")
    Destination.objects.create(name="disk", kind="file", takes="checkpoints", address="kept", position=0)
    assert "at 1 destinations" in said(capsys, "anchor", "disk")


def test_the_doctor_names_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    DeadLetter.objects.create(source="x", reason="r", raw=b"r", found_at=timezone.now())
    with pytest.raises(SystemExit):
        call_command("audit", "doctor")
    told = capsys.readouterr().err
    assert "dead-letter list" in told
    assert "no checkpoint is kept outside" in told


def test_gaps_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    record("proxy.request.rejected")
    AuditConfig.current().recorder.writer().next_seq += 3
    record("proxy.request.rejected")
    ingest()
    assert "3 records are missing" in said(capsys, "gaps")


def test_a_policy_is_tried_on_a_record(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    record("proxy.request.rejected", outcome="denied", request_id="r1", http_status=429, error_code="rate_limited")
    ingest()
    AuditPolicy.objects.create(
        state="approved", number=1, rules=[{"level": "request"}], valid_from=timezone.now() - timedelta(minutes=1),
        requested_by="1", requested_by_name="ann", reason="a test",
    )  # fmt: skip
    file = tmp_path / "record.json"
    file.write_bytes(bytes(AuditEvent.objects.get(request_id="r1").raw))
    found = said(capsys, "policy", "test", str(file))
    assert "form: as its schema has it" in found and "level: request, by" in found and "refused" in found
    file.write_text(file.read_text().replace('"denied"', '"perhaps"'))
    assert "outcome is none of the values" in said(capsys, "policy", "test", str(file))
    for wrong in ("[]", "{}", "no json", "{" + " " * 70_000 + "}"):
        file.write_text(wrong)
        with pytest.raises(CommandError):
            call_command("audit", "policy", "test", str(file))


def test_what_was_taken_in_is_offered_once_more_and_stays_one(capsys: pytest.CaptureFixture[str]) -> None:
    record("proxy.request.rejected", request_id="r1")
    ingest()
    before = AuditEvent.objects.count()
    assert "0 records that were missing" in said(capsys, "replay")
    assert AuditEvent.objects.count() == before
    assert said(capsys, "keys", "generate").strip() == said(capsys, "keys", "generate").strip()


def test_what_the_machine_can_do_is_measured_beside_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    home = Path(settings.GATEHOUSE_DATA)
    home.mkdir(parents=True, exist_ok=True)
    before = AuditEvent.objects.count()
    out = said(capsys, "bench", "100")
    assert out.count("making a record") == 2
    assert "leaves hashed into the tree" in out
    assert not list(home.glob("audit-bench-*"))
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("records", ["0", "99", "1e6", "many", "200001"])
def test_a_measurement_of_none_or_of_too_many_is_refused(records: str) -> None:
    with pytest.raises(CommandError):
        call_command("audit", "bench", records)
