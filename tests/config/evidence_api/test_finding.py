"""`/api/v1/audit/…`: finding, proving, judging, exporting; nothing of another tenant, nothing counted."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from accounts.models import Membership, User
from audit.actions.build_export import build_export
from audit.actions.sign_checkpoint import key_file, sign_checkpoint
from audit.catalogue import EVENT_TYPES
from audit.models import AuditEvent, Destination, ExportJob, ReviewQueue, TreeTile
from audit.tree.checkpoints import Checkpoint
from audit.tree.command_line import main
from audit.tree.notes import VerifierKey
from audit.tree.proofs import check_consistency
from tests.accounts.api.conftest import client_of, superuser
from tests.audit.review.conftest import happened
from tests.gateway_world import PASSWORD, World

__all__ = ["client_of", "superuser"]
ClientOf = Callable[..., Client]
API = "/api/v1/audit"


@pytest.fixture
def people(world: World) -> World:
    """Bob audits, Dora leads reviews, Eve reviews, Charlie audits elsewhere."""
    Membership.objects.filter(user=world.bob).update(role="auditor")
    Membership.objects.filter(user=world.charlie).update(role="auditor")
    for name, role in (("dora", "review_lead"), ("eve", "auditor")):
        person = User.objects.create_user(name, password=PASSWORD)
        Membership.objects.create(user=person, organisation=world.organisation, role=role)
    return world


def trusted() -> list[VerifierKey]:
    keys = key_file().keys()
    return [key.verifier for key in keys]


@pytest.fixture
def root(superuser: User) -> Client:
    """Who runs the installation, in the admin's session: tokens are of an organisation, and he is in none."""
    client = Client()
    client.force_login(superuser, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_KEY_FILE, settings.AUDIT_CHECKPOINT_FILE = tmp_path / "key", tmp_path / "checkpoint"
    settings.AUDIT_EXPORTS, settings.AUDIT_ANCHORS = tmp_path / "exports", tmp_path / "anchors"


def sent(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"{API}/{path}", body, content_type="application/json")


def test_events_are_found_by_filters_page_by_page(people: World, client_of: ClientOf) -> None:
    ids = [happened(organisation=people.organisation, request_id=f"r{n}", session_id="s1") for n in range(5)]
    theirs = happened(organisation=people.elsewhere, request_id="theirs")
    bob = client_of("bob")
    first = bob.get(f"{API}/events?type=proxy.request.completed&limit=2").json()
    assert [one["id"] for one in first["items"]] == ids[:2:-1]
    second = bob.get(f"{API}/events?type=proxy.request.completed&limit=2&cursor={first['next_cursor']}").json()
    assert [one["id"] for one in second["items"]] == ids[2:0:-1]
    newer = bob.get(f"{API}/events?type=proxy.request.completed&newer_than={ids[2]}").json()
    assert [one["id"] for one in newer["items"]] == [ids[4], ids[3]]
    assert bob.get(f"{API}/events?request=r3").json()["items"][0]["request_id"] == "r3"
    assert bob.get(f"{API}/events/{ids[0]}").json()["session_id"] == "s1"
    assert bob.get(f"{API}/events/{theirs}").status_code == 404
    assert theirs not in bob.get(f"{API}/events").content.decode()
    assert [one["id"] for one in bob.get(f"{API}/sessions/s1").json()] == ids
    assert client_of("charlie").get(f"{API}/sessions/s1").status_code == 404
    assert bob.get(f"{API}/keys/{uuid.uuid4()}/timeline").json()["items"] == []


@pytest.mark.parametrize(
    "query", ["typo=1", "status=often", "ip=nowhere", "cursor=x", "limit=0", "limit=99999", "range=ever", "text=%00"]
)
def test_a_slip_of_the_pen_is_named(people: World, client_of: ClientOf, query: str) -> None:
    answer = client_of("bob").get(f"{API}/events?{query}")
    assert answer.status_code == 400, answer.content
    assert answer["content-type"] == "application/problem+json"


def test_figures_come_from_the_roll_ups(people: World, client_of: ClientOf) -> None:
    for _ in range(3):
        happened(organisation=people.organisation, model_requested="small")
    happened(organisation=people.elsewhere, model_requested="theirs")
    bob = client_of("bob")
    found = {facet["name"]: facet["values"] for facet in bob.get(f"{API}/aggregate").json()}
    assert found["model"] == [{"value": "small", "events": 3}]
    bars = bob.get(f"{API}/histogram?model=small").json()
    assert sum(bar["success"] for bar in bars) == 3


ESTIMATE = {"prefer": "count=estimated"}


def test_a_total_is_estimated_for_who_prefers_one(
    people: World, client_of: ClientOf, database_calls: list[str]
) -> None:
    for _ in range(3):
        happened(organisation=people.organisation, model_requested="small")
    happened(organisation=people.organisation, model_requested="large")
    happened(organisation=people.elsewhere, model_requested="small")
    bob = client_of("bob")
    database_calls.clear()
    answer = bob.get(f"{API}/events?model=small&limit=1", headers=ESTIMATE)
    assert answer.json()["estimated_total"] == 3 and len(answer.json()["items"]) == 1
    assert answer["Preference-Applied"] == "count=estimated"
    assert not [sql for sql in database_calls if "COUNT(" in sql.upper()]
    among = bob.get(f"{API}/events?model=none", headers={"prefer": 'respond-async, Count="estimated"; x=1'})
    assert among.json()["estimated_total"] == 0


@pytest.mark.parametrize(
    "prefer", ["", "count=exact", "count", "count=exact, count=estimated", ",;=", "counts=estimated"]
)
def test_without_the_preference_nothing_is_estimated(people: World, client_of: ClientOf, prefer: str) -> None:
    answer = client_of("bob").get(f"{API}/events", headers={"prefer": prefer} if prefer else {})
    assert answer.status_code == 200 and "estimated_total" not in answer.json()
    assert "Preference-Applied" not in answer


def test_what_only_events_can_answer_is_not_estimated(people: World, client_of: ClientOf) -> None:
    happened(organisation=people.organisation, request_id="r1")
    answer = client_of("bob").get(f"{API}/events?request=r1", headers=ESTIMATE)
    assert len(answer.json()["items"]) == 1
    assert "estimated_total" not in answer.json() and "Preference-Applied" not in answer
    assert client_of("bob").get(f"{API}/events?typo=1", headers=ESTIMATE).status_code == 400
    assert Client().get(f"{API}/events", headers=ESTIMATE).status_code == 401


def test_one_event_is_proved_to_whoever_checks_alone(
    people: World, client_of: ClientOf, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event, bob = happened(organisation=people.organisation), client_of("bob")
    proof, record = tmp_path / "proof", tmp_path / "record"
    proof.write_bytes(bob.get(f"{API}/events/{event}/proof").content)
    record.write_bytes(bob.get(f"{API}/events/{event}/record").content)
    key = bob.get(f"{API}/log-keys").content.decode().splitlines()[0]
    assert main(["proof", str(proof), str(record), "--key", key]) == 0
    record.write_bytes(record.read_bytes().replace(b"A key", b"B key"))
    assert main(["proof", str(proof), str(record), "--key", key]) == 1
    assert client_of("charlie").get(f"{API}/events/{event}/proof").status_code == 404
    capsys.readouterr()


def test_checkpoints_consistency_and_tiles_fit_together(people: World, client_of: ClientOf, root: Client) -> None:
    happened(organisation=people.organisation)
    old = sign_checkpoint()
    assert old is not None
    for _ in range(3):
        happened(organisation=people.organisation)
    bob = client_of("bob")
    note = bob.get(f"{API}/checkpoint").content
    newest = Checkpoint.opened(note, trusted())
    listed = bob.get(f"{API}/checkpoints").json()["items"]
    assert [row["size"] for row in listed][0] == newest.size and listed[-1]["size"] == old.size
    path = bob.get(f"{API}/consistency?from={old.size}&to={newest.size}").json()["path"]
    check_consistency(old.size, newest.size, bytes(old.root), newest.root, [bytes.fromhex(one) for one in path])
    assert bob.get(f"{API}/consistency?from=0&to=5").status_code == 400
    assert bob.get(f"{API}/consistency?from=1&to=999").status_code == 400
    tile = bob.get(f"{API}/tile/0/000.p/{newest.size}").content
    assert tile == bytes(TreeTile.objects.get(pk=0).hashes)[: newest.size * 32]
    assert bob.get(f"{API}/tile/0/000").status_code == 404
    assert bob.get(f"{API}/tile/0/x001/234").status_code == 404
    assert bob.get(f"{API}/tile/0/../../etc").status_code in (400, 404)
    assert bob.get(f"{API}/tile/entries/000.p/2").status_code == 403
    entries = root.get(f"{API}/tile/entries/000.p/2").content
    length = int.from_bytes(entries[:2])
    assert json.loads(entries[2 : 2 + length])["id"] == str(AuditEvent.objects.get(leaf_index=0).pk)


def test_the_schemas_are_served(people: World, client_of: ClientOf) -> None:
    bob = client_of("bob")
    assert set(bob.get(f"{API}/schemas").json()) == set(EVENT_TYPES)
    schema = bob.get(f"{API}/schemas/auth.login.failed").json()
    assert schema["properties"]["type"] == {"const": "auth.login.failed"}
    assert bob.get(f"{API}/schemas/auth.login.imagined").status_code == 404
    assert bob.get(f"{API}/schemas/auth.login.failed?version=2").status_code == 404


def test_how_the_log_stands(people: World, client_of: ClientOf, root: Client) -> None:
    happened(organisation=people.organisation)
    bob = client_of("bob")
    status = bob.get(f"{API}/integrity/status").json()
    assert status["size"] == AuditEvent.objects.count()
    assert any("no checkpoint is kept outside" in problem for problem in status["problems"])
    assert sent(bob, "verify", columns=False).status_code == 202
    assert sent(bob, "verify").status_code == 409
    assert bob.get(f"{API}/verifications").json()[0]["state"] == "waiting"
    assert bob.get(f"{API}/gaps").json() == []
    assert bob.get(f"{API}/writers").status_code == 200
    assert bob.get(f"{API}/dead-letters").status_code == 403
    assert root.get(f"{API}/dead-letters").json()["items"] == []


def test_an_export_is_asked_for_approved_by_another_built_and_downloaded(
    people: World, client_of: ClientOf, tmp_path: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    happened(organisation=people.organisation, request_id="r1")
    bob, dora = client_of("bob"), client_of("dora")
    wanted = {"format": "bundle", "reason": "audit 2026", "organisation_id": str(people.organisation.pk)}
    assert sent(bob, "exports", **(wanted | {"filters": {"status": "often"}})).status_code == 400
    assert sent(bob, "exports", **(wanted | {"organisation_id": str(people.elsewhere.pk)})).status_code == 409
    job = sent(bob, "exports", **wanted).json()
    assert job["state"] == "requested"
    assert sent(bob, f"exports/{job['id']}/approve").status_code == 409
    assert sent(client_of("charlie"), f"exports/{job['id']}/approve").status_code == 404
    assert sent(dora, f"exports/{job['id']}/approve").json()["state"] == "approved"
    build_export(uuid.UUID(job["id"]))
    answer = sent(bob, f"exports/{job['id']}/file")
    path = tmp_path / "bundle.zip"
    path.write_bytes(b"".join(answer.streaming_content))
    answer.close()
    assert main(["verify", str(path), "--key", str(key_file().keys()[0].verifier)]) == 0
    assert ExportJob.objects.get().downloads == 1
    capsys.readouterr()


def test_a_verdict_is_given_and_countersigned_by_a_second_person(people: World, client_of: ClientOf) -> None:
    event = happened(organisation=people.organisation, outcome="failure")
    queue = ReviewQueue.objects.create(
        organisation_id=str(people.organisation.pk), name="Failures", query="outcome=failure", reviewers_per_item=2
    )
    bob, eve = client_of("bob"), client_of("eve")
    assert sent(bob, f"review/queues/{queue.pk}/add", event=event).status_code == 201
    assert sent(bob, f"review/queues/{queue.pk}/add", event=event).status_code == 200
    item = sent(bob, f"review/queues/{queue.pk}/next").json()
    deeds = f"review/items/{item['id']}/actions"
    assert sent(bob, deeds, do="verdict", verdict="violation").status_code == 409  # without a comment
    judged = sent(bob, deeds, do="verdict", verdict="violation", comment="It leaks.")
    assert judged.json()["state"] == "second"
    assert sent(bob, deeds, do="take").status_code == 409  # never the same person
    assert eve.get(f"{API}/{deeds}").json() == []  # the first verdict is hidden from the second reviewer
    assert sent(eve, f"review/queues/{queue.pk}/next").json()["id"] == item["id"]
    assert sent(eve, deeds, do="verdict", verdict="violation", comment="Yes.").json()["state"] == "decided"
    assert len(eve.get(f"{API}/{deeds}").json()) == 2
    assert client_of("charlie").get(f"{API}/review/items/{item['id']}").status_code == 404
    assert sent(bob, f"review/queues/{queue.pk}/next").status_code == 204


def test_searches_are_kept(people: World, client_of: ClientOf) -> None:
    bob, eve = client_of("bob"), client_of("eve")
    view = sent(bob, "saved-views", name="Failures", query="outcome=failure", shared=True).json()
    assert [row["name"] for row in eve.get(f"{API}/saved-views").json()["items"]] == ["Failures"]
    assert eve.delete(f"{API}/saved-views/{view['id']}").status_code == 404
    assert bob.delete(f"{API}/saved-views/{view['id']}").status_code == 204


def test_sinks_are_for_superusers(people: World, client_of: ClientOf, root: Client, settings: Any) -> None:
    settings.AUDIT_ANCHORS.mkdir(parents=True, exist_ok=True)
    happened(organisation=people.organisation)
    sink = Destination.objects.create(name="copy", kind="file", takes="events", address="copy.jsonl", position=1)
    assert client_of("bob").get(f"{API}/sinks").status_code == 403
    assert root.get(f"{API}/sinks").json()["items"][0]["name"] == "copy"
    assert sent(root, f"sinks/{sink.pk}/test").status_code == 204
    assert sent(root, f"sinks/{sink.pk}/reset", position=0).json()["position"] == 0
    assert sent(root, f"sinks/{sink.pk}/reset", position=10**6).status_code == 409


def test_who_sees_no_evidence_opens_none_of_it(people: World, client_of: ClientOf) -> None:
    Membership.objects.filter(user=people.bob).update(role="administrator")
    bob = client_of("bob")
    paths = (
        "events", "aggregate", "histogram", "checkpoint", "checkpoints", "schemas", "integrity/status", "gaps",
        "health", "writers", "exports", "review/queues", "review/items", "saved-views", "sinks", "verifications",
    )  # fmt: skip
    assert {path: bob.get(f"{API}/{path}").status_code for path in paths} == dict.fromkeys(paths, 403)
    assert Client().get(f"{API}/events").status_code == 401


def test_no_list_counts_or_skips(people: World, client_of: ClientOf, database_calls: list[str]) -> None:
    happened(organisation=people.organisation)
    bob = client_of("bob")
    database_calls.clear()
    for path in ("events", "events?model=m", "events?text=x", "checkpoints", "writers", "exports"):
        assert bob.get(f"{API}/{path}").status_code == 200
    assert not [sql for sql in database_calls if "COUNT(" in sql.upper() or " OFFSET " in sql.upper()]
    apps.get_app_config("audit").close()
