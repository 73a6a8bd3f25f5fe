"""Keys over the management API: as in the admin, for programs."""

import pytest
from django.test import Client

from accounts.apps import AccountsConfig
from accounts.models import ApiKey, Membership, Role
from audit.models import OutboxRecord
from tests.accounts.api.conftest import ClientOf
from tests.gateway_world import World

KEYS = "/api/v1/api-keys"
JSON = "application/json"


def post(client: Client, path: str, body: object = None, **headers: str):  # type: ignore[no-untyped-def]
    return client.post(path, body or {}, content_type=JSON, headers=headers)


def test_a_key_is_made_and_its_secret_is_in_this_answer_only(client_of: ClientOf) -> None:
    alice = client_of("alice")
    made = post(alice, KEYS, {"name": "robot", "allowed_ips": ["10.0.0.0/8"]})
    assert made.status_code == 201 and made.json()["key"].startswith("gth_live_")
    read = alice.get(f"{KEYS}/{made.json()['id']}")
    assert read.status_code == 200 and "key" not in read.json() and read.json()["state"] == "active"
    assert read.json()["created_by"] and read.json()["allowed_ips"] == ["10.0.0.0/8"]
    AccountsConfig.current().identity.load()


def test_what_is_done_is_on_record(client_of: ClientOf) -> None:
    alice = client_of("alice")
    made = post(alice, KEYS, {"name": "robot"}).json()
    assert alice.patch(f"{KEYS}/{made['id']}", {"name": "robot 2"}, content_type=JSON).status_code == 200
    assert post(alice, f"{KEYS}/{made['id']}/rotate").status_code == 200
    assert post(alice, f"{KEYS}/{made['id']}/revoke", {"reason": "left in a repository"}).status_code == 200
    raw = [bytes(row.raw) for row in OutboxRecord.objects.order_by("id")]
    for event in (b"key.created", b"admin.api_key.updated", b"key.rotated", b"key.revoked"):
        assert any(event in line for line in raw), event
    assert any(b"robot 2" in line for line in raw if b"admin.api_key.updated" in line)
    assert all(b'"name":"alice","type":"user"' in line for line in raw if b"robot" in line)
    assert any(b"left in a repository" in line for line in raw)


def test_a_stranger_sees_and_changes_nothing(client_of: ClientOf, world: World) -> None:
    key = ApiKey.objects.get(name="app")
    charlie = client_of("charlie")
    assert [row["name"] for row in charlie.get(KEYS).json()["items"]] == ["other app"]
    assert charlie.get(f"{KEYS}/{key.pk}").status_code == 404
    assert post(charlie, f"{KEYS}/{key.pk}/revoke").status_code == 404
    assert post(charlie, f"{KEYS}/{key.pk}/rotate").status_code == 404
    refused = post(charlie, KEYS, {"name": "mine", "organisation": str(world.organisation.pk)})
    assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == "organisation"
    assert Client().get(KEYS).status_code == 401
    assert client_of("alice", "gateway").get(KEYS).status_code == 401


def test_roles_decide(client_of: ClientOf, world: World) -> None:
    key = ApiKey.objects.get(name="app")
    assert client_of("bob").get(KEYS).status_code == 403
    Membership.objects.filter(user=world.bob).update(role=Role.AUDITOR)
    auditor = client_of("bob")
    assert auditor.get(f"{KEYS}/{key.pk}").status_code == 200
    assert post(auditor, KEYS, {"name": "x"}).status_code == 403
    assert post(auditor, f"{KEYS}/{key.pk}/revoke").status_code == 403


def test_a_look_in_one_organisation_and_a_change_in_another_do_not_add_up(world: World) -> None:
    Membership.objects.filter(user=world.bob).update(role=Role.AUDITOR)
    Membership.objects.create(user=world.bob, organisation=world.elsewhere, role=Role.OWNER)
    key = ApiKey.objects.get(name="app")
    bob = browser_of(world)
    assert post(bob, f"{KEYS}/{key.pk}/revoke").status_code == 403
    assert ApiKey.objects.get(pk=key.pk).state == "active"


def browser_of(world: World) -> Client:
    """By the admin's session, which is not bound to one organisation."""
    browser = Client()
    browser.force_login(world.bob, "django.contrib.auth.backends.ModelBackend")
    return browser


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "x", "scopes": ["management"]}, "scopes"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": "models:invoke"}, "scopes"),
        ({"name": "x", "allowed_ips": ["10.0.0.300"]}, "allowed_ips"),
        ({"name": "x", "expires_at": "tomorrow"}, "expires_at"),
        ({"name": "x" * 201}, "name"),
        ({"name": "x", "team": "0190a000-0000-7000-8000-000000000000"}, "team"),
        ({"name": "x", "organisation": 7}, "organisation"),
        ({"name": "nul \x00"}, "name"),
    ],
)
def test_bad_input_is_named(client_of: ClientOf, body: dict[str, object], field: str) -> None:
    refused = post(client_of("alice"), KEYS, body)
    assert refused.status_code == 400 and refused["content-type"] == "application/problem+json"
    assert field in {error["field"].partition("[")[0] for error in refused.json()["errors"]}


@pytest.mark.parametrize(
    "query", ["nmae=x", "limit=0", "limit=1000", "limit=ten", "cursor=zzz", "live=perhaps", "team=7"]
)
def test_a_question_that_cannot_be_is_refused(client_of: ClientOf, query: str) -> None:
    refused = client_of("alice").get(f"{KEYS}?{query}")
    assert refused.status_code == 400, refused.content
    assert refused.json()["errors"][0]["field"] == query.partition("=")[0]


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"text"', "\x00", '{"name": "a", '])
def test_what_is_no_object_is_refused(client_of: ClientOf, body: str) -> None:
    refused = client_of("alice").post(KEYS, body, content_type=JSON)
    assert refused.status_code == 400, refused.content


def test_pages_follow_each_other_without_a_count(client_of: ClientOf, world: World) -> None:
    alice = client_of("alice")
    for number in range(5):
        post(alice, KEYS, {"name": f"key {number}"})
    names, cursor = [], ""
    for _ in range(10):
        page = alice.get(f"{KEYS}?limit=2&cursor={cursor}" if cursor else f"{KEYS}?limit=2").json()
        names += [row["name"] for row in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert names == ["key 4", "key 3", "key 2", "key 1", "key 0", "app"]


def test_filters(client_of: ClientOf) -> None:
    alice = client_of("alice")
    made = post(alice, KEYS, {"name": "robot"}).json()
    post(alice, f"{KEYS}/{made['id']}/revoke")
    assert [row["name"] for row in alice.get(f"{KEYS}?live=false").json()["items"]] == ["robot"]
    assert [row["name"] for row in alice.get(f"{KEYS}?live=true").json()["items"]] == ["app"]
    assert [row["name"] for row in alice.get(f"{KEYS}?name=robot").json()["items"]] == ["robot"]


def test_a_revoked_key_gets_no_new_secret(client_of: ClientOf) -> None:
    alice = client_of("alice")
    made = post(alice, KEYS, {"name": "robot"}).json()
    post(alice, f"{KEYS}/{made['id']}/revoke")
    refused = post(alice, f"{KEYS}/{made['id']}/rotate")
    assert refused.status_code == 409 and refused.json()["code"] == "not_possible_now"


def test_an_old_browser_session_confirms_first(world: World) -> None:
    browser = Client()
    browser.force_login(world.alice, "django.contrib.auth.backends.ModelBackend")
    session = browser.session
    session["gatehouse.confirmed_at"] = 0
    session.save()
    assert browser.get(KEYS).status_code == 200
    refused = browser.post(KEYS, {"name": "x"}, content_type=JSON)
    assert refused.status_code == 403 and refused.json()["code"] == "step_up_required"


def test_a_browser_session_needs_its_csrf_token(world: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.alice, "django.contrib.auth.backends.ModelBackend")
    assert browser.post(KEYS, {"name": "x"}, content_type=JSON).status_code == 403
    assert not ApiKey.objects.filter(name="x").exists()
