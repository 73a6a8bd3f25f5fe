"""Exports: asked for, approved by a second person, built, downloaded, deleted; nothing of another tenant."""

import csv
import io
import json
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pyarrow import parquet

from audit.actions.sign_checkpoint import key_file
from audit.models import AuditEvent, ExportJob, OutboxRecord
from audit.tasks import delete_expired_exports, take_up
from audit.tree.command_line import main
from tests.audit.review.conftest import House

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])
URL = "/admin/evidence/exports/"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_KEY_FILE = tmp_path / "key"
    settings.AUDIT_CHECKPOINT_FILE = tmp_path / "checkpoint"
    settings.AUDIT_EXPORTS = tmp_path / "exports"


@pytest.fixture
def ann(house: House) -> Client:
    return house.signed_in(house.person("ann", house.acme, "auditor"))


@pytest.fixture
def lea(house: House) -> Client:
    return house.signed_in(house.person("lea", house.acme, "review_lead"))


def asked(client: Client, house: House, file_format: str = "jsonl", **more: str) -> ExportJob | None:
    given = {"of": str(house.acme.pk), "format": file_format, "range": "1h", "reason": "case 17", **more}
    assert client.post(URL, given).status_code == 302
    return ExportJob.objects.first()


def ready(ann: Client, lea: Client, house: House, file_format: str, **more: str) -> ExportJob:
    job = asked(ann, house, file_format, **more)
    assert job is not None
    lea.post(f"{URL}{job.pk}/", {"do": "approve"})
    take_up()
    job.refresh_from_db()
    assert job.state == ExportJob.State.READY, job.problem
    return job


def downloaded(client: Client, job: ExportJob) -> bytes:
    answer = client.post(f"{URL}{job.pk}/file/")
    assert answer.status_code == 200
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    answer.close()
    return data


def steps() -> list[str]:
    """What is on record, and still on its way there, about exports."""
    waiting = [json.loads(bytes(row.raw)) for row in OutboxRecord.objects.order_by("pk")]
    return [row["type"] for row in waiting if row["type"].startswith("export.")]


def test_an_auditor_downloads_a_bundle_that_the_stand_alone_verifier_accepts(
    house: House, ann: Client, lea: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in range(3):
        house.happened(organisation=house.acme, request_id=f"r{n}")
    house.happened(organisation=house.other)
    job = ready(ann, lea, house, "bundle")
    assert steps() == ["export.requested", "export.approved", "export.started", "export.built"]
    path = tmp_path / "bundle.zip"
    path.write_bytes(downloaded(ann, job))
    assert steps()[-1] == "export.downloaded"
    assert main(["verify", str(path), "--key", str(key_file().keys()[0].verifier)]) == 0
    assert "3 records checked: everything holds" in capsys.readouterr().out
    manifest = json.loads(zipfile.ZipFile(path).read("manifest.json"))
    assert (manifest["requested_by"], manifest["approved_by"], manifest["kind"]) == ("ann", "lea", "selection")
    assert "<th>Approved by</th><td>lea</td>" in zipfile.ZipFile(path).read("report.html").decode()
    assert "content/" not in zipfile.ZipFile(path).read("README").decode()
    job.refresh_from_db()
    assert (job.downloads, job.events, job.percent) == (1, 3, 100)


def test_a_forged_zip_is_refused_by_the_verifier(
    house: House, ann: Client, lea: Client, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house.happened(organisation=house.acme)
    key = ["--key", str(key_file().keys()[0].verifier)]
    source = zipfile.ZipFile(io.BytesIO(downloaded(ann, ready(ann, lea, house, "bundle"))))
    forged, outside, junk = tmp_path / "forged.zip", tmp_path / "outside.zip", tmp_path / "junk.zip"
    with zipfile.ZipFile(forged, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, source.read(name).replace(b"A key", b"B key"))
    with zipfile.ZipFile(outside, "w") as archive:
        archive.writestr("../manifest.json", "{}")
    junk.write_bytes(b"PK nothing")
    assert main(["verify", str(forged), *key]) == 1
    assert main(["verify", str(outside), *key]) == 2
    assert main(["verify", str(junk), *key]) == 2
    assert not (tmp_path.parent / "manifest.json").exists()
    assert "outside itself" in capsys.readouterr().err


def test_everything_of_a_period_is_a_complete_range(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root, eve = [house.person(name, None) for name in ("root", "eve")]
    type(root).objects.update(is_superuser=True)
    first, second = house.signed_in(root), house.signed_in(eve)
    for organisation in (house.acme, house.other, None):
        house.happened(organisation=organisation)
    job = asked(first, house, "bundle", of="")
    assert job is not None
    second.post(f"{URL}{job.pk}/", {"do": "approve"})
    take_up()
    path = tmp_path / "bundle.zip"
    path.write_bytes(downloaded(first, job))
    assert main(["verify", str(path), "--key", str(key_file().keys()[0].verifier)]) == 0
    assert "complete, none changed, none left out" in capsys.readouterr().out


def test_each_format_holds_the_events_that_were_asked_for(house: House, ann: Client, lea: Client) -> None:
    house.happened(organisation=house.acme, model_requested="other")
    house.happened(organisation=house.other, model_requested="=1+1", request_id="theirs")
    own = house.happened(organisation=house.acme, model_requested="=1+1", request_id="mine", http_path="/v1/x")
    raw = bytes(AuditEvent.objects.get(pk=own).raw)
    got = {name: downloaded(ann, ready(ann, lea, house, name, model="=1+1")) for name in FORMATS}
    assert got["jsonl"] == raw + b"\n"
    (row,) = csv.DictReader(io.StringIO(got["csv"].decode()))
    assert (row["id"], row["model_requested"], row["record"]) == (own, "'=1+1", raw.decode())
    table = parquet.read_table(io.BytesIO(got["parquet"])).to_pylist()
    assert [(line["id"], line["model_requested"], line["record"]) for line in table] == [(own, "=1+1", raw.decode())]
    ocsf = json.loads(got["ocsf"])
    assert (ocsf["class_uid"], ocsf["type_uid"], ocsf["metadata"]["uid"]) == (6003, 600301, own)
    assert ocsf["api"]["operation"] == "/v1/x"
    (cloud,) = json.loads(got["cloudevents"])
    assert (cloud["id"], cloud["specversion"], cloud["data"]) == (own, "1.0", json.loads(raw))
    assert got["syslog"].startswith(b"<110>1 20") and got["syslog"].endswith(b"\xef\xbb\xbf" + raw + b"\n")


FORMATS = ["jsonl", "csv", "parquet", "ocsf", "cloudevents", "syslog"]


def test_an_export_of_nothing_is_an_empty_file_and_no_error(house: House, ann: Client, lea: Client) -> None:
    got = {name: downloaded(ann, ready(ann, lea, house, name, model="none")) for name in FORMATS}
    assert got["jsonl"] == b"" and json.loads(got["cloudevents"]) == []
    assert parquet.read_table(io.BytesIO(got["parquet"])).num_rows == 0


def test_nobody_approves_what_he_asked_for_and_nothing_is_built_before(house: House, ann: Client, lea: Client) -> None:
    job = asked(lea, house)
    assert job is not None
    lea.post(f"{URL}{job.pk}/", {"do": "approve"})
    ann.post(f"{URL}{job.pk}/", {"do": "approve"})  # an auditor asks, and does not decide
    take_up()
    job.refresh_from_db()
    assert job.state == ExportJob.State.REQUESTED
    assert lea.post(f"{URL}{job.pk}/file/").status_code == 302
    assert not job.path.exists()


def test_a_denial_says_why_and_ends_it(house: House, ann: Client, lea: Client) -> None:
    job = asked(ann, house)
    assert job is not None
    lea.post(f"{URL}{job.pk}/", {"do": "deny"})
    job.refresh_from_db()
    assert job.state == ExportJob.State.REQUESTED
    lea.post(f"{URL}{job.pk}/", {"do": "deny", "note": "no case"})
    lea.post(f"{URL}{job.pk}/", {"do": "approve"})
    job.refresh_from_db()
    assert (job.state, job.decision_note) == (ExportJob.State.DENIED, "no case")
    assert steps() == ["export.requested", "export.denied"]


def test_only_who_asked_or_approved_downloads(house: House, ann: Client, lea: Client) -> None:
    job = ready(ann, lea, house, "jsonl")
    stranger = house.signed_in(house.person("bea", house.acme, "auditor"))
    assert stranger.post(f"{URL}{job.pk}/file/").status_code == 302
    assert downloaded(lea, job) == b""
    assert lea.get(f"{URL}{job.pk}/file/").status_code == 405


def test_another_tenants_jobs_do_not_exist(house: House, ann: Client) -> None:
    job = asked(ann, house)
    assert job is not None
    other = house.signed_in(house.person("oda", house.other, "compliance_officer"))
    for pk in (job.pk, uuid.uuid4()):
        assert other.get(f"{URL}{pk}/").status_code == 404
        assert other.get(f"{URL}{pk}/state/").status_code == 404
        assert other.post(f"{URL}{pk}/", {"do": "approve"}).status_code == 404
        assert other.post(f"{URL}{pk}/file/").status_code == 404
    assert asked(other, house) == job  # asking for the other's events makes no job
    assert str(job.pk) not in other.get(URL).content.decode()


@pytest.mark.parametrize("role", ["developer", "administrator", "billing_viewer"])
def test_who_may_not_see_evidence_exports_none(house: House, role: str) -> None:
    client = house.signed_in(house.person("dev", house.acme, role))
    assert client.get(URL).status_code == 403
    assert client.post(URL, {"of": str(house.acme.pk)}).status_code == 403
    assert not ExportJob.objects.exists()


def test_an_owner_approves_and_asks_for_nothing(house: House, ann: Client) -> None:
    owner = house.signed_in(house.person("own", house.acme, "owner"))
    assert asked(owner, house) is None
    job = asked(ann, house)
    assert job is not None
    owner.post(f"{URL}{job.pk}/", {"do": "approve"})
    job.refresh_from_db()
    assert job.state == ExportJob.State.APPROVED


@pytest.mark.parametrize(
    "wrong", [{"format": "exe"}, {"reason": " "}, {"range": "year"}, {"from": "x"}, {"status": "x"}, {"of": ""}]
)
def test_bad_input_is_refused_in_words(house: House, ann: Client, wrong: dict[str, str]) -> None:
    assert asked(ann, house, **wrong) is None
    assert ann.get(URL).context["messages"]


def test_files_are_deleted_after_their_time(house: House, ann: Client, lea: Client) -> None:
    job = ready(ann, lea, house, "jsonl")
    ExportJob.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert ann.post(f"{URL}{job.pk}/file/").status_code == 302
    delete_expired_exports()
    delete_expired_exports()
    assert not job.path.exists()
    assert steps().count("export.expired") == 1


def test_a_job_whose_worker_died_is_built_by_another(house: House, ann: Client, lea: Client) -> None:
    job = ready(ann, lea, house, "jsonl")
    ExportJob.objects.update(state=ExportJob.State.BUILDING)
    take_up()
    job.refresh_from_db()
    assert job.state == ExportJob.State.BUILDING  # still fresh
    ExportJob.objects.update(touched_at=timezone.now() - timedelta(minutes=11))
    take_up()
    job.refresh_from_db()
    assert job.state == ExportJob.State.READY


def test_a_job_that_cannot_be_built_says_why(house: House, ann: Client, lea: Client, tmp_path: Path) -> None:
    job = asked(ann, house)
    assert job is not None
    settings.AUDIT_EXPORTS.write_text("a file where the folder should be")
    lea.post(f"{URL}{job.pk}/", {"do": "approve"})
    take_up()
    job.refresh_from_db()
    assert job.state == ExportJob.State.FAILED and "FileExistsError" in job.problem
    assert "FileExistsError" in ann.get(f"{URL}{job.pk}/").content.decode()
    assert steps()[-1] == "export.failed"


def test_the_explorer_leads_to_an_export_of_what_it_shows(house: House, ann: Client) -> None:
    page = ann.get("/admin/evidence/events/?outcome=denied&range=24h").content.decode()
    assert f"{URL}?outcome=denied&amp;range=24h" in page
    form = ann.get(f"{URL}?outcome=denied&range=24h").content.decode()
    assert 'name="outcome" value="denied"' in form
