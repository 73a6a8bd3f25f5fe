"""What was said: hidden until a reason is given, shown as text whatever it is, and each reading is on record."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings as live
from django.test import Client
from uuid_utils.compat import uuid7

from accounts.models import User
from audit.actions.queue_event import queue_event
from audit.actions.sign_checkpoint import key_file
from audit.evidence.contents import content_files
from audit.models import AuditBlob, AuditEvent, ExportJob, KeptContent, ReviewItem, ReviewQueue, SubjectKey
from audit.tasks import take_up
from audit.tree.command_line import main
from tests.audit.content.conftest import taken_in
from tests.audit.review.conftest import House

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
HOSTILE = "<img src=x onerror=alert(1)>{{7*7}}{% load x %}</pre><script>alert(2)</script>\u202e"
KEY = "sk-proj-abcdef0123456789ABCDEF"


@pytest.fixture(autouse=True)
def places(settings: Any, tmp_path: Any) -> None:
    settings.AUDIT_BLOBS = tmp_path / "blobs"
    settings.AUDIT_SHREDDED_FILE = tmp_path / "shredded"
    settings.AUDIT_CONTENT_SPOOL = tmp_path / "content-spool"


def said(house: House, text: str, request_id: str = "req_1") -> str:
    """A call of Acme in which `text` was asked; its event's id."""
    organisation = str(house.acme.pk)
    body = json.dumps({"messages": [{"role": "user", "content": text}]}).encode()
    about = {
        "columns": {
            "request_id": request_id, "organisation_id": organisation,
            "actor": {"type": "user", "id": "usr:1", "name": "Bob"},
        },
        "kind": "request", "subject": "usr:1", "media_type": "application/json", "size": len(body), "cut": False,
    }  # fmt: skip
    apps.get_app_config("audit").contents.keep(uuid7(), about, body)
    taken_in()
    return house.happened(organisation=house.acme, request_id=request_id)


def page(event_id: str) -> str:
    return f"/admin/evidence/events/{event_id}/"


def read(client: Client, event_id: str, reason: str = "case 17", **more: str) -> str:
    answer = client.post(f"{page(event_id)}content/", {"reason": reason, **more})
    assert answer.status_code == 200
    return answer.content.decode()


def readings() -> list[AuditEvent]:
    taken_in()
    return list(AuditEvent.objects.filter(category="data").exclude(type="data.content.kept").order_by("leaf_index"))


def test_it_is_hidden_until_a_reason_is_given_and_then_on_record(house: House) -> None:
    event = said(house, "my plan, ann@example.org")
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    before = ann.get(page(event)).content.decode()
    assert "What was said" in before
    assert "my plan" not in before
    assert "my plan" not in read(ann, event, "  ")
    assert readings() == []
    shown = read(ann, event)
    assert "my plan, [e-mail address]" in shown
    assert "ann@example.org" not in shown
    [reading] = readings()
    assert (reading.type, reading.reason, reading.actor_name) == ("data.content.viewed", "case 17", "ann")
    assert reading.attrs["event"] == event
    assert reading.organisation_id == str(house.acme.pk)


def test_whatever_was_said_is_text(house: House) -> None:
    event = said(house, HOSTILE)
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    shown = read(ann, event)
    assert "<img" not in shown.partition("What was said")[2]
    assert "&lt;img src=x onerror=alert(1)&gt;{{7*7}}{% load x %}&lt;/pre&gt;" in shown


def test_who_holds_no_role_for_it_reads_nothing(house: House) -> None:
    event = said(house, "my plan")
    readers = [house.person("owen", house.acme, "owner"), User.objects.create_superuser("root", password="x" * 20)]
    for reader in readers:
        client = house.signed_in(reader)
        assert client.get(page(event)).status_code == 200
        assert "my plan" not in read(client, event)
    stranger = house.signed_in(house.person("eve", house.other, "compliance_officer"))
    assert stranger.post(f"{page(event)}content/", {"reason": "curious"}).status_code == 404
    assert readings() == []


def test_the_original_is_for_those_who_hold_more(house: House) -> None:
    event = said(house, f"ann@example.org and {KEY}")
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    cleo = house.signed_in(house.person("cleo", house.acme, "compliance_officer"))
    assert "ann@example.org" not in read(ann, event, copy="original")
    shown = read(cleo, event, copy="original")
    assert "ann@example.org" in shown
    assert KEY not in shown
    assert [reading.type for reading in readings()] == ["data.content.unmasked"]


def test_a_destroyed_key_says_so(house: House) -> None:
    event = said(house, "my plan")
    SubjectKey.objects.update(wrapped_key="", shredded_at="2026-11-28T00:00:00Z", shred_reason="subject request")
    shown = read(house.signed_in(house.person("ann", house.acme, "auditor")), event)
    assert "It was destroyed (subject request)" in shown


def test_an_altered_body_is_not_shown(house: House) -> None:
    event = said(house, "my plan")
    AuditBlob.objects.update(data=b"x" * 60)
    assert "It cannot be read" in read(house.signed_in(house.person("ann", house.acme, "auditor")), event)


def test_a_body_moved_to_another_row_does_not_open(house: House) -> None:
    first, second = said(house, "my plan", "req_1"), said(house, "your plan", "req_2")
    one, other = KeptContent.objects.order_by("pk")
    mine, yours = AuditBlob.objects.get(pk=one.redacted_id), AuditBlob.objects.get(pk=other.redacted_id)
    AuditBlob.objects.filter(pk=mine.pk).update(data=yours.data, nonce=yours.nonce)
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    assert "It cannot be read" in read(ann, first)
    assert "your plan" in read(ann, second)


def test_a_reviewer_reads_it_beside_the_verdict(house: House) -> None:
    event = said(house, "my plan")
    lea = house.person("lea", house.acme, "review_lead")
    queue = ReviewQueue.objects.create(organisation_id=str(house.acme.pk), name="All")
    queue_event(queue, AuditEvent.objects.get(pk=event), by_hand=True)
    client = house.signed_in(lea)
    url = f"/admin/evidence/review/items/{ReviewItem.objects.get().pk}/"
    assert "my plan" not in client.get(url).content.decode()
    client.post(url, {"do": "take"})
    shown = client.post(url, {"do": "read", "reason": "review"}).content.decode()
    assert "my plan" in shown
    assert "Give the verdict" in shown
    assert [reading.reason for reading in readings()] == ["review"]


def test_who_read_what_is_a_page(house: House) -> None:
    event = said(house, "my plan")
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    read(ann, event, "the board asked")
    readings()
    listed = ann.get("/admin/evidence/readings/").content.decode()
    assert "the board asked" in listed
    assert "read the redacted copy" in listed
    eve = house.signed_in(house.person("eve", house.other, "compliance_officer"))
    assert "the board asked" not in eve.get("/admin/evidence/readings/").content.decode()
    assert "Nobody read anything yet" in eve.get("/admin/evidence/readings/?before=nonsense").content.decode()


def test_a_secret_is_found_by_who_has_it_and_may_see_the_call(house: House) -> None:
    said(house, f"use {KEY} please")
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    eve = house.signed_in(house.person("eve", house.other, "compliance_officer"))
    url = "/admin/evidence/secrets/"
    found = ann.post(url, {"secret": KEY}).content.decode()
    assert "Seen 1 time" in found
    assert "req_1" in found
    assert KEY not in found
    assert "Not seen" in ann.post(url, {"secret": "another-secret-1"}).content.decode()
    assert "Not seen" in eve.post(url, {"secret": KEY}).content.decode()
    assert "between 8 and" in ann.post(url, {"secret": "short"}).content.decode()
    looked = readings()
    assert {reading.type for reading in looked} == {"data.search.executed"}
    assert all(KEY.encode() not in bytes(event.raw) for event in AuditEvent.objects.all())


@pytest.mark.parametrize("chosen", [{}, {"type": "proxy.request.completed"}], ids=["all", "ends of calls"])
def test_an_export_with_content_takes_two_who_may_read_it_and_verifies(
    house: House, settings: Any, tmp_path: Path, chosen: dict[str, str]
) -> None:
    settings.AUDIT_KEY_FILE, settings.AUDIT_CHECKPOINT_FILE = tmp_path / "key", tmp_path / "checkpoint"
    settings.AUDIT_EXPORTS = tmp_path / "exports"
    said(house, f"my plan, ann@example.org, {KEY}")
    ann, owen, lea = (
        house.signed_in(house.person(name, house.acme, role))
        for name, role in (("ann", "auditor"), ("owen", "owner"), ("lea", "review_lead"))
    )
    url = "/admin/evidence/exports/"
    given = {"of": str(house.acme.pk), "range": "1h", "reason": "case 17", "content": "1", **chosen}
    ann.post(url, {**given, "format": "jsonl"})
    assert not ExportJob.objects.exists()
    ann.post(url, {**given, "format": "bundle"})
    job = ExportJob.objects.get()
    owen.post(f"{url}{job.pk}/", {"do": "approve"})
    job.refresh_from_db()
    assert job.state == "requested"
    lea.post(f"{url}{job.pk}/", {"do": "approve"})
    take_up()
    job.refresh_from_db()
    assert job.state == "ready", job.problem
    answer = ann.post(f"{url}{job.pk}/file/")
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    answer.close()
    key = ["--key", str(key_file().keys()[0].verifier)]
    assert main(["verify", str(bundle), *key]) == 0
    archive = zipfile.ZipFile(bundle)
    texts = [archive.read(name).decode() for name in archive.namelist() if name.endswith(".txt") and "content" in name]
    assert len(texts) == 1
    assert "my plan, [e-mail address]" in texts[0]
    assert KEY not in texts[0]
    assert "content/ " in archive.read("README").decode()
    assert "1, without secrets and personal data" in archive.read("report.html").decode()
    assert [reading.type for reading in readings()] == ["data.content.exported"]
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(forged, "w") as copy:
        for name in archive.namelist():
            copy.writestr(name, b"other" if name.endswith(".sealed") else archive.read(name))
    assert main(["verify", str(forged), *key]) == 1


def test_what_is_sealed_in_an_export_opens_with_its_own_key(house: House, settings: Any, tmp_path: Path) -> None:
    said(house, "my plan")
    kept = KeptContent.objects.get()
    files = dict(content_files(live.AUDIT_DB_ALIAS, [kept.pk]))
    [about] = [json.loads(line) for line in files["content/index.jsonl"].splitlines()]
    cipher = AESGCM(bytes.fromhex(about["key"]))
    packed = cipher.decrypt(
        bytes.fromhex(about["nonce"]), files[f"content/{kept.pk}.sealed"], about["additional_data"].encode()
    )
    assert zstandard.ZstdDecompressor().decompress(packed) == files[f"content/{kept.pk}.txt"]
    SubjectKey.objects.update(wrapped_key="", shredded_at="2026-11-28T00:00:00Z", shred_reason="retention")
    assert b"KeyGone" in dict(content_files(live.AUDIT_DB_ALIAS, [kept.pk]))["content/index.jsonl"]


def test_no_reading_without_its_record(house: House, settings: Any, tmp_path: Any) -> None:
    event = said(house, "my plan")
    ann = house.signed_in(house.person("ann", house.acme, "auditor"))
    (tmp_path / "file").write_text("where the spool should be")
    settings.AUDIT_SPOOL = tmp_path / "file"
    apps.get_app_config("audit").__dict__.pop("recorder", None)
    ann.raise_request_exception = False
    answer = ann.post(f"{page(event)}content/", {"reason": "case 17"})
    assert answer.status_code in (500, 503)
    assert b"my plan" not in answer.content
