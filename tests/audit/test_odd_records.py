"""Frames that are whole, yet hold no record: each becomes a dead letter, none stops the log."""

from typing import Any

import pytest
from django.conf import settings

from audit.apps import AuditConfig
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent, DeadLetter, OutboxRecord
from audit.record_bytes import encoded
from audit.verification import verify

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
GOOD = {
    "actor": {"id": "", "name": "", "type": "system"}, "id": "01938c5e-0000-7000-8000-000000000000",
    "outcome": "denied", "schema": 1, "ts": 1, "type": "proxy.request.rejected",
}  # fmt: skip


def ingest() -> None:
    AuditConfig.current().close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()


@pytest.mark.parametrize(
    "odd",
    [
        {"writer": "no uuid"},
        {"http_status": 40_000},
        {"tokens_in": "many"},
        {"ts": 2**62},
        {"actor": {"type": "system", "id": 5, "name": ""}},
        {"id": "nobody"},
    ],
)
def test_an_odd_record_is_kept_apart_and_the_rest_arrives(odd: dict[str, Any]) -> None:
    record("proxy.request.rejected")
    writer = AuditConfig.current().recorder.writer()
    with writer.lock():
        writer.append(writer.next_seq, encoded({**GOOD, **odd}), sync=False)
    record("proxy.request.rejected")
    ingest()
    assert DeadLetter.objects.count() == 1
    assert AuditEvent.objects.filter(type="proxy.request.rejected").count() == 2
    assert AuditEvent.objects.filter(type="audit.deadletter").count() == 1


def test_zero_bytes_and_a_broken_address_do_not_stop_the_log() -> None:
    record("proxy.request.rejected", src_ip="fe80::1%eth0\x00", attrs={"a\x00": ["\x00", {"b": "\x00"}]})
    record("proxy.request.rejected", src_ip="2001:DB8::0:1")
    ingest()
    assert [event.src_ip for event in AuditEvent.objects.order_by("leaf_index")] == [None, "2001:db8::1"]
    assert verify().holds


def test_a_frame_that_holds_no_record_is_no_gap() -> None:
    record("proxy.request.rejected")
    writer = AuditConfig.current().recorder.writer()
    with writer.lock():
        writer.append(writer.next_seq, b"no record", sync=False)
    record("proxy.request.rejected")
    ingest()
    assert DeadLetter.objects.count() == 1
    assert not AuditEvent.objects.filter(type="audit.gap.detected").exists()
    assert verify().holds


def test_an_outbox_row_that_is_taken_in_twice_is_one_dead_letter() -> None:
    for _ in range(2):  # killed between the commit and the removal of the row, the ingester finds it again
        OutboxRecord.objects.create(id="01938c5e-0000-7000-8000-000000000001", raw=b"no record")
        ingest()
    assert DeadLetter.objects.count() == 1
    assert AuditEvent.objects.filter(type="audit.deadletter").count() == 1


def test_a_foreign_file_that_is_found_twice_is_one_dead_letter() -> None:
    record("proxy.request.rejected")
    AuditConfig.current().close()
    folder = next(settings.AUDIT_SPOOL.rglob("*.seg")).parent
    for _ in range(2):
        (folder / "99999999.seg").write_bytes(b"this is no segment of ours")
        ingest()
    assert DeadLetter.objects.count() == 1
