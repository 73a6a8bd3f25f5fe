"""From spool and outbox into the log: once, in order, without gaps; what is no record is kept and named."""

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from audit.errors import NotRecordable, UnknownEventType
from audit.ingest.ingestor import Ingestor
from audit.ingest.synthesized import orphans
from audit.log import record
from audit.models import AuditEvent, DeadLetter, OutboxRecord, SpoolWriterRow
from audit.tree.leaves import leaf_hash
from audit.verification import verify

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
WRITER = Path(__file__).parents[1] / "resilience" / "killed_writer.py"


def ingest() -> int:
    apps.get_app_config("audit").close()
    return Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()


def spooled(n: int) -> list[str]:
    return [record("proxy.request.rejected", outcome="denied", request_id=f"request-{i}") for i in range(n)]


def test_records_arrive_in_order_and_are_numbered_without_gaps() -> None:
    ids = spooled(5)
    assert ingest() == 5
    events = list(AuditEvent.objects.order_by("leaf_index"))
    assert [str(event.pk) for event in events] == ids
    assert [event.leaf_index for event in events] == [0, 1, 2, 3, 4]
    assert [event.writer_seq for event in events] == [1, 2, 3, 4, 5]
    assert all(leaf_hash(bytes(event.raw)) == bytes(event.leaf_hash) for event in events)
    assert verify().holds


def test_the_same_segment_twice_changes_nothing() -> None:
    spooled(3)
    ingest()
    for path in settings.AUDIT_SPOOL.rglob("*.done"):
        path.rename(path.with_suffix(".seg"))
    assert ingest() == 0
    assert AuditEvent.objects.count() == 3
    assert verify().holds


def test_a_change_that_is_rolled_back_leaves_no_record() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        record("key.created", key_id="k")
        raise RuntimeError
    assert not OutboxRecord.objects.exists()
    with transaction.atomic():
        record("key.created", key_id="k")
    assert ingest() == 1
    assert not OutboxRecord.objects.exists()


def test_a_torn_tail_is_kept_and_named_and_what_came_before_arrives() -> None:
    spooled(3)
    apps.get_app_config("audit").close()
    path = next(settings.AUDIT_SPOOL.rglob("*.seg"))
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b'{"actor"') + 20])
    assert ingest() == 2
    assert DeadLetter.objects.get().reason == "torn tail"
    assert list(settings.AUDIT_SPOOL.rglob("*.torn"))


def test_a_foreign_file_in_the_spool_is_kept_as_evidence() -> None:
    spooled(1)
    apps.get_app_config("audit").close()
    folder = next(settings.AUDIT_SPOOL.rglob("*.seg")).parent
    (folder / "99999999.seg").write_bytes(b"this is no segment of ours")
    ingest()
    assert DeadLetter.objects.get().reason.startswith("not a segment")
    assert AuditEvent.objects.filter(type="audit.deadletter").count() == 1
    assert verify().holds


def test_a_missing_record_is_a_gap_that_is_reported() -> None:
    spooled(2)
    apps.get_app_config("audit").recorder.writer().next_seq = 7
    spooled(1)
    ingest()
    assert SpoolWriterRow.objects.get().gaps == 4
    assert AuditEvent.objects.filter(type="audit.gap.detected").count() == 1
    assert not verify().holds


def test_a_call_whose_process_died_gets_its_end_once() -> None:
    record("proxy.request.started", request_id="lost-call", model_requested="public")
    record("proxy.request.started", request_id="ended-call")
    record("proxy.request.completed", request_id="ended-call")
    ingest()
    ingest()
    aborted = AuditEvent.objects.get(type="proxy.request.aborted")
    assert (aborted.request_id, aborted.error_code, aborted.model_requested) == ("lost-call", "process_ended", "public")


def test_calls_to_which_a_client_gave_one_id_are_told_apart() -> None:
    ended = record("proxy.request.started", request_id="the-clients")
    lost = record("proxy.request.started", request_id="the-clients")
    record("proxy.request.completed", request_id="the-clients", attrs={"began": ended})
    record("proxy.request.started", request_id="rejected-later", model_requested="public")
    record("proxy.request.rejected", request_id="rejected-later")
    ingest()
    ingest()
    aborted = AuditEvent.objects.filter(type="proxy.request.aborted")
    assert sorted(event.request_id for event in aborted) == ["rejected-later", "the-clients"]
    assert aborted.get(request_id="the-clients").attrs["started_id"] == lost


def test_finding_calls_without_an_end_asks_no_more_of_many_calls_than_of_few() -> None:
    """To ask of each call for its end took minutes after a long life, and nothing was taken in meanwhile."""
    questions = []
    for calls in (1, 60):
        for _ in range(calls):
            began = record("proxy.request.started", request_id="one-for-all")
            record("proxy.request.completed", request_id="one-for-all", attrs={"began": began})
        record("proxy.request.started", request_id="one-for-all")
        apps.get_app_config("audit").close()
        Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
        writer = AuditEvent.objects.filter(type="proxy.request.started").order_by("-leaf_index")[0].writer
        with CaptureQueriesContext(connections["audit"]) as captured:
            lost = orphans("audit", writer, datetime(2026, 1, 1, tzinfo=UTC), orjson.loads)
        assert len(lost) == len(questions) + 1
        questions.append(len(captured))
    assert questions[0] == questions[1]


def test_ends_that_name_no_beginning_end_every_call_of_their_id() -> None:
    for _ in range(2):
        record("proxy.request.started", request_id="old")
    record("proxy.request.completed", request_id="old")
    ingest()
    assert not AuditEvent.objects.filter(type="proxy.request.aborted").exists()


@pytest.mark.parametrize(
    "columns", [{"cost_nano": 1.5}, {"cost_nano": 2**53}, {"no_such_column": 1}, {"attrs": {"ü": 1}}]
)
def test_what_a_record_cannot_hold_is_refused(columns: dict[str, Any]) -> None:
    with pytest.raises(NotRecordable):
        record("proxy.request.rejected", **columns)


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownEventType):
        record("proxy.request.invented")


def test_hostile_text_arrives_as_it_was() -> None:
    hostile = "\x00\u202e=cmd|' /C calc'!A0 <img src=x onerror=alert(1)> \ud800"
    record("proxy.request.rejected", reason=hostile, attrs={"text": hostile * 3000})
    assert ingest() == 1
    assert b"onerror" in bytes(AuditEvent.objects.get().raw)
    assert verify().holds


def test_whoever_changes_a_row_is_found() -> None:
    spooled(3)
    ingest()
    victim = AuditEvent.objects.get(leaf_index=1)
    AuditEvent.objects.filter(pk=victim.pk).update(outcome="success")
    assert any("outcome" in finding for finding in verify().findings)
    AuditEvent.objects.filter(pk=victim.pk).update(
        outcome="denied", raw=bytes(victim.raw).replace(b"denied", b"passed")
    )
    assert any("hash" in finding for finding in verify().findings)
    AuditEvent.objects.filter(pk=victim.pk).delete()
    assert any("missing" in finding for finding in verify().findings)


@pytest.mark.parametrize("after", [1, 50, 400])
def test_a_writer_that_is_killed_loses_nothing_that_it_acknowledged(after: int, tmp_path: Path) -> None:
    command = [sys.executable, str(WRITER), str(settings.AUDIT_SPOOL), settings.AUDIT_NODE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline().strip() for _ in range(after)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
    ingest()
    stored = {str(pk) for pk in AuditEvent.objects.filter(type="proxy.request.rejected").values_list("pk", flat=True)}
    assert set(acknowledged) <= stored
    assert len(stored) - len(acknowledged) <= 1
    assert verify().holds


def test_a_copy_whose_process_died_gets_its_end_once_with_what_was_reserved() -> None:
    begun = record("proxy.shadow.started", request_id="both", attrs={"reserved": 700})
    over = record("proxy.hedge.started", request_id="both", attrs={"reserved": 800})
    record("proxy.hedge.aborted", request_id="both", attrs={"copy_id": over})
    ingest()
    ingest()
    aborted = AuditEvent.objects.get(type="proxy.shadow.aborted")
    assert (aborted.error_code, aborted.cost_nano, aborted.attrs["copy_id"]) == ("process_ended", 700, begun)
    assert AuditEvent.objects.filter(type="proxy.hedge.aborted").count() == 1
    assert verify().holds
