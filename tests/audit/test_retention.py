"""Evidence goes after its time and only then: never what is held or not covered, and the log says what went and why."""

import datetime as dt
import json
import secrets
import uuid
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.conf import settings as live
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections, transaction

from accounts.models import User
from audit import partitions
from audit.actions.change_retention import decide_retention, propose_retention
from audit.actions.errors import NotNow
from audit.actions.legal_holds import ask_for_release, decide_release, place_hold
from audit.actions.run_retention import run_retention
from audit.actions.sign_checkpoint import sign_checkpoint
from audit.event_ids import first_id
from audit.ingest.projection import parsed
from audit.ingest.store import Store
from audit.models import AuditEvent, Destination, OutboxRecord, PurgedLeaves, RollUp, TreeState, TreeTile
from audit.record_bytes import encoded
from audit.retention.periods import Month, days_of
from audit.retention.plan import planned, standings
from audit.rollups.rebuild import rebuild
from audit.tree.removed import digest, packed, runs_of, unpacked
from audit.verification import verify
from tests.audit.review.conftest import House, house

__all__ = ["house"]
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
CALL = "proxy.request.completed"
LONG_AGO = dt.datetime(2025, 3, 10, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.AUDIT_KEY_FILE = tmp_path / "key"
    settings.AUDIT_CHECKPOINT_FILE = tmp_path / "checkpoint"
    settings.AUDIT_BLOBS = tmp_path / "blobs"
    settings.AUDIT_SHREDDED_FILE = tmp_path / "shredded"
    settings.AUDIT_CONTENT_SPOOL = tmp_path / "content-spool"


def happened(house: House, when: dt.datetime, number: int = 1, type_: str = CALL, **columns: Any) -> list[str]:
    """Events of Acme of that time, in the log. (Ids come from a clock that no test can set.)"""
    leaves, found = [], []
    for n in range(number):
        event_id = str(uuid.UUID(int=first_id(when).int | 7 << 76 | 2 << 62 | secrets.randbits(62)))
        record = {
            "id": event_id, "type": type_, "ts": int(when.timestamp() * 1e6), "outcome": "success", "schema": 1,
            "actor": {"type": "user", "id": "usr:1", "name": "Bob"}, "organisation_id": str(house.acme.pk),
            "request_id": f"r{n}", **columns,
        }  # fmt: skip
        leaves.append((parsed(encoded(record)), encoded(record)))
        found.append(event_id)
    store = Store()
    with transaction.atomic(using=store.alias):
        store.add(leaves)
    return found


def ids() -> set[str]:
    return {str(pk) for pk in AuditEvent.objects.filter(type="proxy.request.completed").values_list("pk", flat=True)}


def ran() -> Any:
    with time_machine.travel(NOW, tick=False):
        return run_retention()


def test_what_is_over_its_time_goes_and_the_log_holds_and_says_so(house: House) -> None:
    old, new = happened(house, LONG_AGO, 3), happened(house, NOW, 2)
    with time_machine.travel(NOW, tick=False):
        plan = list(planned())
    assert [(one.retention_class, one.month, one.goes, one.held) for one in plan] == [("proxy", "2025-03", 3, 0)]
    outcome = ran()
    assert (outcome.events, outcome.refused) == (3, [])
    assert ids() == set(new)
    [said] = AuditEvent.objects.filter(type="retention.purged")
    assert (said.attrs["count"], said.attrs["class"], said.attrs["month"]) == (3, "proxy", "2025-03")
    report = verify()
    assert report.findings == []
    assert any("3 events of class proxy of 2025-03 were removed after 396 days" in note for note in report.notes)
    assert not set(old) & ids()
    assert ran().events == 0


def test_younger_events_and_other_classes_stay(house: House) -> None:
    happened(house, LONG_AGO, 2)
    happened(house, LONG_AGO, 1, "review.item.queued")
    assert ran().events == 2
    assert AuditEvent.objects.filter(type="review.item.queued").exists()
    assert verify().findings == []


def test_what_is_held_stays_with_all_of_its_call_until_two_people_release_it(house: House) -> None:
    cleo = house.person("cleo", house.acme, "compliance_officer")
    lea = house.person("lea", house.acme, "review_lead")
    happened(house, LONG_AGO, 2)
    happened(house, LONG_AGO, 1, "proxy.request.started")
    hold = place_hold(cleo, str(house.acme.pk), "Case 17", {"request": "r0"}, (None, None), "claim of a customer")
    with time_machine.travel(NOW, tick=False):
        [plan] = planned()
    assert (plan.goes, plan.held) == (1, 2)
    assert ran().events == 1
    assert AuditEvent.objects.filter(request_id="r0").count() == 2
    ask_for_release(hold.pk, cleo, "the case is closed")
    with pytest.raises(NotNow):
        decide_release(hold.pk, cleo, approve=True, note="")
    assert ran().events == 0
    decide_release(hold.pk, lea, approve=True, note="")
    assert ran().events == 2
    assert verify().findings == []
    types = [json.loads(bytes(row.raw))["type"] for row in OutboxRecord.objects.order_by("pk")]
    assert types == ["retention.hold.placed", "retention.hold.release_requested", "retention.hold.released"]


def test_a_hold_of_another_tenant_keeps_nothing_of_this_one(house: House) -> None:
    eve = house.person("eve", house.other, "compliance_officer")
    happened(house, LONG_AGO, 2)
    place_hold(eve, str(house.other.pk), "Everything", {}, (None, None), "to be safe")
    with pytest.raises(NotNow):
        place_hold(eve, str(house.acme.pk), "Everything", {}, (None, None), "to be safe")
    assert ran().events == 2


def test_nothing_goes_before_a_checkpoint_of_it_lies_outside(house: House) -> None:
    happened(house, LONG_AGO, 2)
    Destination.objects.create(name="vault", kind="file", address="vault", takes="checkpoints")
    outcome = ran()
    assert outcome.events == 0
    assert "no destination has a checkpoint" in outcome.refused[0]
    assert len(ids()) == 2


def test_a_hold_that_cannot_be_read_stops_everything(house: House) -> None:
    cleo = house.person("cleo", house.acme, "compliance_officer")
    happened(house, LONG_AGO, 2)
    hold = place_hold(cleo, str(house.acme.pk), "Case 17", {"status": "500"}, (None, None), "claim of a customer")
    hold.query = "status=broken"
    hold.save()
    outcome = ran()
    assert outcome.events == 0
    assert "a legal hold cannot be read" in outcome.refused[0]


def test_a_deleted_row_is_still_found_and_so_is_a_forged_list(house: House) -> None:
    happened(house, LONG_AGO, 3)
    [new, _] = happened(house, NOW, 2)
    ran()
    AuditEvent.objects.filter(pk=new).delete()
    assert any("missing" in finding for finding in verify().findings)
    row = PurgedLeaves.objects.get()
    leaf = 3
    row.runs = packed([*unpacked(bytes(row.runs)), (leaf, leaf + 1)])
    row.save()
    assert any("is not the one that leaf" in finding for finding in verify().findings)
    PurgedLeaves.objects.all().delete()
    assert any("leaves 0 to 3: missing" in finding for finding in verify().findings)


def test_tiles_of_the_lowest_row_go_with_what_they_cover_and_later_signatures_still_agree(house: House) -> None:
    happened(house, LONG_AGO, 300)
    happened(house, NOW, 2)
    assert ran().events == 300
    tree = TreeState.objects.get()
    assert tree.pruned_below == 300
    assert not TreeTile.objects.filter(pk=TreeTile.key(0, 0)).exists()
    assert TreeTile.objects.filter(pk=TreeTile.key(1, 0)).exists()
    report = verify()
    assert report.findings == []
    happened(house, NOW, 1)
    sign_checkpoint()
    assert verify().findings == []


def test_the_table_refuses_deletion_again_afterwards(house: House, settings: Any) -> None:
    append_only = import_module("audit.migrations.0002_append_only")
    happened(house, LONG_AGO, 2)
    happened(house, NOW, 1)
    with connections[live.AUDIT_DB_ALIAS].schema_editor() as editor:
        append_only.forbid(None, editor)
    try:
        assert ran().events == 2
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using=live.AUDIT_DB_ALIAS):
            AuditEvent.objects.all().delete()
    finally:
        with connections[live.AUDIT_DB_ALIAS].schema_editor() as editor:
            append_only.allow(None, editor)


def test_longer_holds_at_once_shorter_needs_a_second_person_and_never_less_than_the_floor(house: House) -> None:
    root = User.objects.create_superuser("root")
    cleo = house.person("cleo", house.acme, "compliance_officer")
    acme = str(house.acme.pk)
    propose_retention(root, "proxy", "", 500, "a new contract")
    assert days_of("proxy") == 500
    shorter = propose_retention(cleo, "content", acme, 30, "data minimisation")
    assert days_of("content", acme) == 90
    with pytest.raises(NotNow):
        decide_retention(shorter.pk, cleo, approve=True, note="")
    with pytest.raises(NotNow):
        decide_retention(shorter.pk, root, approve=True, note="")
    lea = house.person("lea", house.acme, "review_lead")
    decide_retention(shorter.pk, lea, approve=True, note="")
    assert (days_of("content", acme), days_of("content", str(house.other.pk))) == (30, 90)
    for days in (182, 100_000):
        with pytest.raises(NotNow, match="between 183"):
            propose_retention(root, "proxy", "", days, "too short or too long")
    with pytest.raises(NotNow, match="one log"):
        propose_retention(cleo, "proxy", acme, 700, "for us alone")
    with pytest.raises(NotNow, match="no longer than the calls"):
        propose_retention(cleo, "content", acme, 600, "for us alone")
    with pytest.raises(NotNow):
        propose_retention(house.person("owen", house.acme, "owner"), "content", acme, 91, "no role for it")


def test_the_floor_is_configurable(house: House, settings: Any) -> None:
    settings.AUDIT_RETENTION_FLOORS = {"proxy": 95}
    root = User.objects.create_superuser("root")
    assert propose_retention(root, "proxy", "", 100, "short-lived installation").state == "requested"


def test_each_class_says_when_its_oldest_month_goes(house: House) -> None:
    happened(house, NOW, 1)
    found = {one.retention_class: one for one in standings()}
    assert found["proxy"].next_month == "2026-11"
    assert found["proxy"].next_at == dt.datetime(2026, 12, 1, tzinfo=dt.UTC) + dt.timedelta(days=396)
    assert found["auth"].next_at is None


def test_months_end_where_the_next_begins() -> None:
    assert Month("2026-12").next.text == "2027-01"
    assert Month("2024-02").end == dt.datetime(2024, 3, 1, tzinfo=dt.UTC)


def test_lists_of_leaves_are_packed_and_unpacked() -> None:
    numbers = [0, 1, 2, 7, 9, 10, 300, 100_000]
    runs = list(runs_of(numbers))
    assert runs == [(0, 3), (7, 8), (9, 11), (300, 301), (100_000, 100_001)]
    assert unpacked(packed(runs)) == runs
    assert digest(runs) == digest(unpacked(packed(runs)))
    assert list(runs_of([])) == []


def test_figures_of_removed_months_stay_when_the_rest_is_counted_again(house: House) -> None:
    happened(house, LONG_AGO, 3)
    happened(house, NOW, 2)
    before = list(RollUp.objects.order_by("id").values_list("id", "events"))
    ran()
    assert rebuild() >= 2
    after = dict(RollUp.objects.values_list("id", "events"))
    assert all(after[pk] == events for pk, events in before)


def test_the_command_line_shows_removes_holds_and_asks(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.person("cleo", house.acme, "compliance_officer")
    acme = str(house.acme.pk)
    happened(house, LONG_AGO, 2)
    with time_machine.travel(NOW, tick=False):
        call_command("audit", "retention", "plan")
        assert "due: Calls of 2025-03: 2 events go, 0 are held" in capsys.readouterr().out
        who = ["--organisation", acme, "--by", "cleo", "--reason", "claim of a customer"]
        call_command("audit", "hold", "add", "Case 17", "--where", "request=r0", *who)
        hold = capsys.readouterr().out.strip()
        call_command("audit", "hold", "list")
        assert "Case 17 (request=r0)" in capsys.readouterr().out
        call_command("audit", "hold", "release", hold, *who)
        assert "second person" in capsys.readouterr().out
        call_command("audit", "shred", "end:ann", *who)
        assert "second person" in capsys.readouterr().out
        call_command("audit", "retention", "run")
        assert "1 events removed" in capsys.readouterr().out
        call_command("audit", "verify")
        assert "1 events of class proxy of 2025-03 were removed" in capsys.readouterr().out
        for wrong in (["hold", "release", "nonsense", *who], ["shred", "x", "--by", "nobody"], ["hold", "add", "x"]):
            with pytest.raises(CommandError):
                call_command("audit", *wrong)


@pytest.mark.skipif(
    connections[live.AUDIT_DB_ALIAS].vendor != "postgresql", reason="not run: test_on_postgresql.py runs it"
)
def test_on_postgresql_the_months_partition_is_dropped_and_what_stays_is_in_a_new_one(house: House) -> None:
    alias = live.AUDIT_DB_ALIAS
    month = LONG_AGO.replace(day=1)
    name = partitions.name_of(month)
    with connections[alias].cursor() as cursor:
        partitions.make(cursor, month)
        cursor.execute("SELECT %s::regclass::oid", [name])
        before = cursor.fetchone()
    happened(house, LONG_AGO, 5)
    happened(house, LONG_AGO, 1, "review.item.queued")
    happened(house, NOW, 1)
    assert ran().events == 5
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT %s::regclass::oid, (SELECT count(*) FROM {name})", [name])
        after, stays = cursor.fetchone()
    assert after != before[0]
    assert stays == 1
    assert verify().findings == []
