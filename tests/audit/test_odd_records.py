"""Frames that are whole, yet hold no record: each becomes a dead letter, none stops the log."""

import os
import time
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from audit.apps import AuditConfig
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent, DeadLetter, OutboxRecord
from audit.record_bytes import encoded
from audit.spool.frames import Header, packed_frame
from audit.verification import verify

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
GOOD = {
    "actor": {"id": "", "name": "", "type": "system"}, "id": "01938c5e-0000-7000-8000-000000000000",
    "outcome": "denied", "schema": 1, "ts": time.time_ns() // 1000, "type": "proxy.request.rejected",
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
        {"type": "x" * 65},
        {"type": "proxy.\x00"},
        {"outcome": "a very long outcome"},
        {"outcome": 5},
        {"schema": 40_000},
        {"schema": "1"},
        {"seq": "first"},
        {"seq": -1},
        {"actor": {"type": "x" * 33}},
        {"target": {"type": 5}},
        {"target": [1]},
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


@pytest.mark.parametrize(
    "odd", [b'{"a":1e400}', b'{"a":-1e400}', b'{"\\u0000":1}', b'{"a":123456789012345678901234567890}']
)
def test_what_only_some_database_cannot_hold_stops_no_other(odd: bytes) -> None:
    """Kept as an event or as a dead letter, as the database can; lost or blocking never."""
    raw = encoded(GOOD | {"attrs": {"placeholder": True}}).replace(b'{"placeholder":true}', odd)
    writer = AuditConfig.current().recorder.writer()
    record("proxy.request.rejected")
    with writer.lock():
        writer.append(writer.next_seq, raw, sync=False)
    record("proxy.request.rejected")
    ingest()
    assert AuditEvent.objects.filter(type="proxy.request.rejected").count() + DeadLetter.objects.count() == 3
    told = AuditEvent.objects.filter(type__in=("proxy.request.rejected", "audit.deadletter"))  # a heartbeat may be due
    assert told.count() == 3
    assert verify().holds


@pytest.mark.parametrize(
    "odd", [{"attrs": None}, {"attrs": [1]}, {"attrs": "text"}, {"attrs": 0}, {"attrs": {"a": None}}]
)
def test_attributes_of_any_form_are_kept(odd: dict[str, Any]) -> None:
    writer = AuditConfig.current().recorder.writer()
    with writer.lock():
        writer.append(writer.next_seq, encoded({**GOOD, **odd}), sync=False)
    ingest()
    assert AuditEvent.objects.get(type="proxy.request.rejected").attrs == odd["attrs"]
    assert verify().holds


def test_a_record_of_a_later_version_is_an_event_as_any_other() -> None:
    writer = AuditConfig.current().recorder.writer()
    with writer.lock():
        writer.append(writer.next_seq, encoded({**GOOD, "schema": 2, "type": "future.thing.done"}), sync=False)
    ingest()
    event = AuditEvent.objects.get()
    assert (event.schema_version, event.category) == (2, "future")
    report = verify()
    assert report.holds
    assert any("future.thing.done, version 2" in note for note in report.notes)


def test_what_is_no_file_is_named_and_not_opened() -> None:
    record("proxy.request.rejected")
    folder = next((settings.AUDIT_SPOOL / settings.AUDIT_NODE).iterdir())
    (folder / "00000000.seg").mkdir()
    os.mkfifo(folder / "00000000a.seg")
    (folder / "00000000b.seg").symlink_to("/dev/zero")
    ingest()
    assert sorted(DeadLetter.objects.values_list("reason", flat=True)) == ["not a file"] * 3
    assert AuditEvent.objects.filter(type="proxy.request.rejected").count() == 1
    ingest()
    assert DeadLetter.objects.count() == 3


def test_a_huge_foreign_file_is_not_read_whole() -> None:
    record("proxy.request.rejected")
    folder = next((settings.AUDIT_SPOOL / settings.AUDIT_NODE).iterdir())
    with (folder / "00000000.seg").open("wb") as huge:
        huge.truncate(1 << 40)
    ingest()
    assert "1099511627776 bytes" in DeadLetter.objects.get().reason
    assert (folder / "00000000.torn").stat().st_size == 1 << 40
    assert AuditEvent.objects.filter(type="proxy.request.rejected").count() == 1


@pytest.mark.parametrize(
    "lie", [{"writer": "nobody"}, {"pid": 2**40}, {"created_us": "now"}, {"n": -1}, {"node": "x" * 100}, {"boot_id": 7}]
)
def test_a_well_formed_header_that_lies_stops_nothing(lie: dict[str, Any]) -> None:
    record("proxy.request.rejected")
    folder = next((settings.AUDIT_SPOOL / settings.AUDIT_NODE).iterdir())
    sound = {"writer": str(uuid4()), "node": "n", "boot_id": "", "pid": 1, "n": 1, "first_seq": 1, "created_us": 1}
    (folder / "00000000.seg").write_bytes(Header(**(sound | lie)).packed() + packed_frame(1, encoded(GOOD)))
    ingest()
    assert DeadLetter.objects.count() == 1
    assert AuditEvent.objects.filter(type="proxy.request.rejected").count() == 1


def test_a_frame_number_beyond_the_columns_is_a_torn_tail() -> None:
    record("proxy.request.rejected")
    folder = next((settings.AUDIT_SPOOL / settings.AUDIT_NODE).iterdir())
    header = Header(str(uuid4()), "n", "", 1, 1, 1, 1)
    (folder / "00000000.seg").write_bytes(header.packed() + packed_frame(2**63, encoded(GOOD)))
    ingest()
    assert DeadLetter.objects.get().reason == "torn tail"


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
