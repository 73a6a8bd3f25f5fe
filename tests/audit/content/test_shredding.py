"""Keys are destroyed by age or by request, never under a hold; the log says it, and a backup brings nothing back."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.conf import settings as live
from uuid_utils.compat import uuid7

from audit.actions.change_retention import decide_retention, propose_retention
from audit.actions.erase_subject import ask_for_erasure, carry_out_waiting, decide_erasure
from audit.actions.errors import NotNow
from audit.actions.legal_holds import ask_for_release, decide_release, place_hold
from audit.actions.run_retention import run_retention
from audit.content.keys import KeyGone
from audit.content.sealing import opened, path_of
from audit.models import AuditBlob, AuditEvent, KeptContent, OutboxRecord, SubjectKey
from audit.retention import shredding
from audit.verification import verify
from tests.audit.content.conftest import taken_in
from tests.audit.review.conftest import House

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
LATER = dt.timedelta(days=200)


@pytest.fixture(autouse=True)
def keys(settings: Any, tmp_path: Any) -> None:
    settings.AUDIT_KEY_FILE = tmp_path / "key"
    settings.AUDIT_CHECKPOINT_FILE = tmp_path / "checkpoint"


def said(house: House, subject: str, text: str = "my plan", request_id: str = "req_1") -> KeptContent:
    about = {
        "columns": {
            "request_id": request_id, "organisation_id": str(house.acme.pk),
            "actor": {"type": "user", "id": "usr:1", "name": "Bob"},
        },
        "kind": "request", "subject": subject, "media_type": "application/json", "size": len(text), "cut": False,
    }  # fmt: skip
    apps.get_app_config("audit").contents.keep(uuid7(), about, text.encode())
    return taken_in()[-1]


def text_of(kept: KeptContent) -> str:
    return opened(AuditBlob.objects.select_related("key").get(pk=kept.original_id)).decode()


def later() -> Any:
    with time_machine.travel(dt.datetime.now(dt.UTC) + LATER, tick=False):
        return run_retention()


def test_content_goes_after_its_time_and_everything_else_holds(house: House) -> None:
    kept = said(house, "end:ann", "x" * 40_000)
    large = AuditBlob.objects.get(pk=kept.original_id)
    assert later().keys == 1
    with pytest.raises(KeyGone):
        text_of(kept)
    assert not path_of(large).exists()
    report = verify()
    assert report.findings == []
    assert any("sealed copies were destroyed: retention" in note for note in report.notes)
    [purged] = AuditEvent.objects.filter(type="retention.purged")
    assert (purged.attrs["class"], purged.attrs["keys_destroyed"]) == ("content", 1)
    assert purged.organisation_id == str(house.acme.pk)


def test_a_shorter_time_of_one_organisation_is_its_own(house: House) -> None:
    said(house, "end:ann")
    cleo = house.person("cleo", house.acme, "compliance_officer")
    lea = house.person("lea", house.acme, "review_lead")
    row = propose_retention(cleo, "content", str(house.acme.pk), 1, "data minimisation")
    decide_retention(row.pk, lea, approve=True, note="")
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=40), tick=False):
        assert run_retention().keys == 1


def test_a_person_is_erased_by_two_and_nobody_else_is(house: House) -> None:
    ann, ben = said(house, "end:ann"), said(house, "end:ben", "his plan", "req_2")
    cleo = house.person("cleo", house.acme, "compliance_officer")
    lea = house.person("lea", house.acme, "review_lead")
    row = ask_for_erasure(cleo, str(house.acme.pk), "end:ann", "letter of 3 November")
    with pytest.raises(NotNow):
        decide_erasure(row.pk, cleo, approve=True, note="")
    assert text_of(ann) == "my plan"
    row = decide_erasure(row.pk, lea, approve=True, note="")
    assert (row.outcome, row.keys_destroyed) == ("done", 1)
    with pytest.raises(KeyGone):
        text_of(ann)
    assert text_of(ben) == "his plan"
    assert verify().findings == []
    [erased] = AuditEvent.objects.filter(type="data.subject.erased")
    assert erased.attrs["subject"] == row.subject_ref
    assert b"end:ann" not in b"".join(bytes(event.raw) for event in AuditEvent.objects.all())
    steps = [json.loads(bytes(one.raw))["type"] for one in OutboxRecord.objects.order_by("pk")]
    assert steps == ["data.subject.requested", "data.subject.approved", "data.subject.carried_out"]


def test_new_words_of_an_erased_person_get_a_new_key(house: House) -> None:
    said(house, "end:ann")
    cleo = house.person("cleo", house.acme, "compliance_officer")
    lea = house.person("lea", house.acme, "review_lead")
    row = ask_for_erasure(cleo, str(house.acme.pk), "end:ann", "letter of 3 November")
    decide_erasure(row.pk, lea, approve=True, note="")
    again = said(house, "end:ann", "a new plan", "req_3")
    assert text_of(again) == "a new plan"


def test_a_hold_beats_age_and_request_until_it_is_released(house: House) -> None:
    kept = said(house, "end:ann")
    cleo = house.person("cleo", house.acme, "compliance_officer")
    lea = house.person("lea", house.acme, "review_lead")
    acme = str(house.acme.pk)
    hold = place_hold(cleo, acme, "Case 17", {"request": "req_1"}, (None, None), "claim of a customer")
    row = ask_for_erasure(cleo, acme, "end:ann", "letter of 3 November")
    assert decide_erasure(row.pk, lea, approve=True, note="").outcome == "held"
    assert later().keys == 0
    assert text_of(kept) == "my plan"
    ask_for_release(hold.pk, cleo, "the case is closed")
    decide_release(hold.pk, lea, approve=True, note="")
    assert carry_out_waiting() == 1
    with pytest.raises(KeyGone):
        text_of(kept)


def test_who_holds_no_role_erases_nobody(house: House) -> None:
    acme = str(house.acme.pk)
    for person in (house.person("owen", house.acme, "owner"), house.person("eve", house.other, "compliance_officer")):
        with pytest.raises(NotNow):
            ask_for_erasure(person, acme, "end:ann", "letter of 3 November")
    cleo = house.person("cleo", house.acme, "compliance_officer")
    for subject, reason in (("", "letter of 3 November"), ("x" * 400, "letter of 3 November"), ("end:ann", "")):
        with pytest.raises(NotNow):
            ask_for_erasure(cleo, acme, subject, reason)


def test_a_backup_that_is_put_back_brings_no_key_back(house: House) -> None:
    kept = said(house, "end:ann")
    backup = SubjectKey.objects.values().get()
    blobs = list(AuditBlob.objects.values())
    later()
    SubjectKey.objects.filter(pk=backup["id"]).update(**backup)
    for blob in blobs:
        AuditBlob.objects.filter(pk=blob["id"]).update(**blob)
    with pytest.raises(KeyGone):
        text_of(kept)
    assert shredding.finish() == 1
    assert not SubjectKey.objects.exclude(wrapped_key="").exists()
    assert verify().findings == []


def test_a_key_that_vanished_without_a_word_is_found(house: House) -> None:
    said(house, "end:ann")
    SubjectKey.objects.update(wrapped_key="", shredded_at=dt.datetime.now(dt.UTC), shred_reason="quietly")
    assert any("no event says so" in finding for finding in verify().findings)


def test_an_altered_and_a_missing_body_are_found(house: House) -> None:
    kept = said(house, "end:ann", "x" * 40_000)
    blob = AuditBlob.objects.get(pk=kept.original_id)
    path_of(blob).write_bytes(b"something else") if blob.location == "file" else None
    AuditBlob.objects.filter(pk=blob.pk, location="inline").update(data=b"something else")
    assert any("was altered" in finding for finding in verify().findings)
    KeptContent.objects.all().delete()
    AuditBlob.objects.all().delete()
    assert any("is missing" in finding for finding in verify().findings)


def test_the_list_of_destroyed_keys_survives_odd_lines(house: House) -> None:
    said(house, "end:ann")
    later()
    path = Path(live.AUDIT_SHREDDED_FILE)
    path.write_text("nonsense\n\n" + path.read_text() + "0198", encoding="ascii")
    assert shredding.finish() == 0
    with pytest.raises(KeyGone):
        text_of(KeptContent.objects.get())


ALTERED = [b"\xff\xfe", b"[]", b'{"attrs":[]}', b'{"attrs":{"original":{"blob":"no"},"redacted":7}}', b""]


@pytest.mark.parametrize("raw", ALTERED)
def test_an_altered_record_of_a_body_or_of_a_removal_is_named_and_ends_no_check(house: House, raw: bytes) -> None:
    said(house, "end:ann")
    later()
    for event in AuditEvent.objects.filter(type__in=["data.content.kept", "retention.purged"]):
        whole = bytes(event.raw)
        AuditEvent.objects.filter(pk=event.pk).update(raw=raw)
        assert any(f"leaf {event.leaf_index}: the record's bytes" in finding for finding in verify().findings)
        AuditEvent.objects.filter(pk=event.pk).update(raw=whole)
    assert verify().findings == []


@pytest.mark.parametrize("attrs", [{"content": {"request": "no"}}, {"content": []}, []])
def test_an_altered_column_of_a_call_ends_no_check(house: House, attrs: Any) -> None:
    said(house, "end:ann")
    house.happened(organisation=house.acme, audit_level=2)
    AuditEvent.objects.filter(type="proxy.request.completed").update(attrs=attrs)
    assert any("the columns attrs" in finding for finding in verify().findings)
