"""The integrity page, and an event's record and proof to take away."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from audit.actions.sign_checkpoint import key_file, sign_checkpoint
from audit.models import AuditEvent, SignedCheckpoint, SpoolWriterRow, VerificationRun
from audit.tasks import take_up
from audit.tree.leaves import leaf_hash
from audit.tree.proof_text import InclusionProof
from tests.audit.review.conftest import House

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
URL = "/admin/evidence/integrity/"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_KEY_FILE = tmp_path / "key"
    settings.AUDIT_CHECKPOINT_FILE = tmp_path / "checkpoint"


@pytest.fixture
def ann(house: House) -> Client:
    return house.signed_in(house.person("ann", house.acme))


def test_an_empty_log_says_what_comes_next(ann: Client) -> None:
    text = ann.get(URL).content.decode()
    assert "Not checked yet" in text and "Nothing signed yet" in text


def test_verify_now_asks_once_and_shows_the_result(house: House, ann: Client) -> None:
    house.happened(organisation=house.acme)
    sign_checkpoint()
    assert ann.post(URL, {"columns": "1"}).status_code == 302
    assert ann.post(URL).status_code == 302
    (run,) = VerificationRun.objects.all()
    assert run.columns and run.asked_by == "ann"
    assert "Waiting for a worker" in ann.get(f"{URL}state/").content.decode()
    take_up()
    text = ann.get(f"{URL}state/").content.decode()
    assert "Everything holds." in text and "<html" not in text
    assert str(key_file().keys()[0].verifier) in text.replace("&#x2B;", "+")


def test_findings_gaps_and_late_records_are_said_in_words(house: House, ann: Client) -> None:
    house.happened(organisation=house.acme)
    sign_checkpoint()
    AuditEvent.objects.filter(leaf_index=0).update(raw=b"{}")
    SpoolWriterRow.objects.update(gaps=3)
    ann.post(URL)
    take_up()
    text = ann.get(URL).content.decode()
    assert "Something is wrong" in text and "leaf 0" in text and "see below" in text


@pytest.mark.parametrize("role", ["developer", "administrator", "billing_viewer"])
def test_who_may_not_see_evidence_does_not_see_the_page(house: House, role: str) -> None:
    client = house.signed_in(house.person("dev", house.acme, role))
    assert client.get(URL).status_code == 403
    assert client.post(URL).status_code == 403
    assert client.get(f"{URL}state/").status_code == 403
    assert not VerificationRun.objects.exists()


def test_a_proof_leads_from_the_bytes_to_the_signature(house: House, ann: Client) -> None:
    event_id = house.happened(organisation=house.acme)
    record = ann.get(f"/admin/evidence/events/{event_id}/record/")
    proof = ann.get(f"/admin/evidence/events/{event_id}/proof/")
    assert record.headers["Content-Disposition"] == f'attachment; filename="{event_id}.json"'
    trusted = [key_file().keys()[0].verifier]
    checkpoint = InclusionProof.parsed(proof.content.decode()).check(leaf_hash(record.content), trusted)
    assert checkpoint.origin == settings.AUDIT_ORIGIN
    page = ann.get(f"/admin/evidence/events/{event_id}/").content.decode()
    assert leaf_hash(record.content).hex() in page and "Check in this browser" in page


def test_another_tenants_record_and_proof_do_not_exist(house: House, ann: Client) -> None:
    theirs = house.happened(organisation=house.other)
    for event_id in (theirs, uuid.uuid4()):
        for name in ("record", "proof"):
            assert ann.get(f"/admin/evidence/events/{event_id}/{name}/").status_code == 404


def test_a_log_that_contradicts_what_was_signed_proves_nothing(house: House, ann: Client) -> None:
    house.happened(organisation=house.acme)
    sign_checkpoint()
    SignedCheckpoint.objects.all().delete()
    settings.AUDIT_CHECKPOINT_FILE.write_text("forged\n")
    event_id = house.happened(organisation=house.acme)
    answer = ann.get(f"/admin/evidence/events/{event_id}/proof/")
    assert answer.status_code == 409 and "checkpoint" in answer.content.decode()
