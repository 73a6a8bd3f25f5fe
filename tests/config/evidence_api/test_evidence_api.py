"""The management API of content, policies, retention: what the pages do, for programs; nothing of another tenant."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from uuid_utils.compat import uuid7

from accounts.models import Membership
from audit.models import AuditEvent, AuditPolicy, LegalHold, RetentionPolicy
from tests.accounts.api.conftest import client_of
from tests.audit.content.conftest import taken_in
from tests.audit.review.conftest import happened
from tests.gateway_world import PASSWORD, World

__all__ = ["client_of"]
ClientOf = Callable[..., Client]
API = "/api/v1/audit"
KEY = "sk-proj-abcdef0123456789ABCDEF"


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.AUDIT_BLOBS = tmp_path / "blobs"
    settings.AUDIT_SHREDDED_FILE = tmp_path / "shredded"
    settings.AUDIT_CONTENT_SPOOL = tmp_path / "content-spool"


@pytest.fixture
def people(world: World) -> World:
    """Bob answers for the evidence, Dora reviews, Charlie does so elsewhere."""
    from accounts.models import User

    Membership.objects.filter(user=world.bob).update(role="compliance_officer")
    Membership.objects.filter(user=world.charlie).update(role="compliance_officer")
    dora = User.objects.create_user("dora", password=PASSWORD)
    Membership.objects.create(user=dora, organisation=world.organisation, role="review_lead")
    return world


def sent(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"{API}/{path}", body, content_type="application/json")


def said(world: World, text: str) -> str:
    body = json.dumps({"messages": [{"role": "user", "content": text}]}).encode()
    about = {
        "columns": {
            "request_id": "req_1", "organisation_id": str(world.organisation.pk),
            "actor": {"type": "user", "id": "usr:1", "name": "Ann"},
        },
        "kind": "request", "subject": "usr:1", "media_type": "application/json", "size": len(body), "cut": False,
    }  # fmt: skip
    apps.get_app_config("audit").contents.keep(uuid7(), about, body)
    taken_in()
    return happened(organisation=world.organisation, request_id="req_1")


def test_content_is_read_with_a_reason_and_on_record(people: World, client_of: ClientOf) -> None:
    event, bob = said(people, "my plan, ann@example.org"), client_of("bob")
    assert sent(bob, f"events/{event}/content").status_code == 400
    answer = sent(bob, f"events/{event}/content", reason="case 17")
    assert answer.status_code == 200
    [body] = answer.json()
    assert body["messages"] == [{"role": "user", "text": "my plan, [e-mail address]"}]
    original = sent(bob, f"events/{event}/content", reason="case 17", copy="original").json()
    assert original[0]["messages"][0]["text"] == "my plan, ann@example.org"
    taken_in()
    types = AuditEvent.objects.filter(category="data", actor_name="bob").values_list("type", flat=True)
    assert sorted(types) == ["data.content.unmasked", "data.content.viewed"]
    assert sent(client_of("alice"), f"events/{event}/content", reason="I own it").status_code == 403
    assert sent(client_of("charlie"), f"events/{event}/content", reason="curious").status_code == 404
    assert sent(Client(), f"events/{event}/content", reason="case 17").status_code == 401


def test_a_secret_is_found_by_its_digest(people: World, client_of: ClientOf) -> None:
    said(people, f"use {KEY}")
    found = sent(client_of("bob"), "hash", secret=KEY).json()
    assert [one["request_id"] for one in found["sightings"]] == ["req_1"]
    assert KEY not in json.dumps(found)
    assert sent(client_of("charlie"), "hash", secret=KEY).json()["sightings"] == []
    assert sent(client_of("bob"), "hash", secret="x").status_code == 400
    assert sent(Client(), "hash", secret=KEY).status_code == 401


def test_a_policy_is_proposed_and_decided_by_two(people: World, client_of: ClientOf) -> None:
    acme, bob = str(people.organisation.pk), client_of("bob")
    given = {"organisation_id": acme, "reason": "inspection", "rules": [{"level": "request", "route": "chat"}]}
    made = sent(client_of("alice"), "policies", **given)
    assert made.status_code == 201, made.content
    policy = made.json()["id"]
    assert sent(client_of("alice"), f"policies/{policy}/approve").status_code == 409
    assert sent(client_of("charlie"), f"policies/{policy}/approve").status_code == 404
    assert sent(bob, f"policies/{policy}/deny").status_code == 409
    approved = sent(bob, f"policies/{policy}/approve").json()
    assert (approved["state"], approved["rules"]) == ("approved", [{"level": "request", "route": "chat"}])
    listed = bob.get(f"{API}/policies?organisation_id={acme}&state=approved").json()["items"]
    assert [one["id"] for one in listed] == [policy]
    for level in ("all", [], {}):
        assert sent(bob, "policies", **{**given, "rules": [{"level": level}]}).status_code == 400
    assert AuditPolicy.objects.count() == 1


def test_retention_holds_and_erasure(people: World, client_of: ClientOf) -> None:
    acme, bob, dora = str(people.organisation.pk), client_of("bob"), client_of("dora")
    shorter = sent(
        bob, "retention-policies", organisation_id=acme, reason="less is more", retention_class="content", days=30
    )
    assert shorter.json()["state"] == "requested"
    assert sent(dora, f"retention-policies/{shorter.json()['id']}/approve").json()["state"] == "approved"
    hold = sent(bob, "holds", organisation_id=acme, reason="a claim", name="Case 17", filters={"outcome": "failure"})
    assert hold.json()["query"] == "outcome=failure"
    assert sent(bob, f"holds/{hold.json()['id']}/release", reason="closed now").status_code == 200
    assert sent(dora, f"holds/{hold.json()['id']}/approve").json()["released_at"]
    erase = sent(bob, "subjects", organisation_id=acme, reason="a letter", subject="end:ann")
    assert "end:ann" not in erase.content.decode()
    done = sent(dora, f"subjects/{erase.json()['id']}/approve").json()
    assert (done["outcome"], done["keys_destroyed"]) == ("done", 0)
    plan = bob.get(f"{API}/retention/plan").json()
    assert {one["retention_class"] for one in plan["classes"]} >= {"proxy", "content"}
    assert sent(bob, "retention/run").status_code == 403


def test_a_stranger_and_a_developer_get_nothing(people: World, client_of: ClientOf) -> None:
    acme = str(people.organisation.pk)
    LegalHold.objects.create(organisation_id=acme, name="Case 17", reason="a claim", placed_by_name="bob")
    charlie = client_of("charlie")
    assert charlie.get(f"{API}/holds").json()["items"] == []
    hold = LegalHold.objects.get()
    assert charlie.get(f"{API}/holds/{hold.pk}").status_code == 404
    assert sent(charlie, "holds", organisation_id=acme, reason="to be safe", name="Mine").status_code == 409
    Membership.objects.filter(user=people.bob).update(role="developer")
    developer = client_of("bob")
    for path in ("holds", "policies", "retention-policies", "subjects", "retention/plan"):
        assert developer.get(f"{API}/{path}").status_code == 403, path
        assert Client().get(f"{API}/{path}").status_code == 401, path
    assert not RetentionPolicy.objects.exists()
