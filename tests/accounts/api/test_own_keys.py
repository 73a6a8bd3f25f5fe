"""A person's own keys over the management API: for every role, and never anybody else's."""

import pytest
from django.test import Client

from accounts.actions import create_own_key
from accounts.models import ApiKey, Membership, Organisation, Role, User
from audit.models import OutboxRecord
from tests.accounts.api.conftest import ClientOf
from tests.accounts.api.test_api_keys import post
from tests.gateway_world import World

MINE = "/api/v1/my/api-keys"


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.AUDITOR, Role.BILLING_VIEWER])
def test_every_role_makes_and_ends_keys_of_its_own(client_of: ClientOf, world: World, role: str) -> None:
    Membership.objects.filter(user=world.bob).update(role=role)
    bob = client_of("bob")
    made = post(bob, MINE, {"name": "editor", "scopes": ["models:invoke"], "models_allowed": ["public"]})
    assert made.status_code == 201 and made.json()["key"].startswith("gth_live_")
    key = ApiKey.objects.get(pk=made.json()["id"])
    assert key.created_by == world.bob and key.scopes == ["models:invoke"]
    assert [row["name"] for row in bob.get(MINE).json()["items"]] == ["editor"]
    assert post(bob, f"{MINE}/{key.pk}/rotate", {"overlap_seconds": 0}).json()["key"] != made.json()["key"]
    assert post(bob, f"{MINE}/{key.pk}/revoke").json()["state"] == "revoked"
    raw = b"".join(bytes(row.raw) for row in OutboxRecord.objects.all())
    assert all(event in raw for event in (b"key.created", b"key.rotated", b"key.revoked"))


def test_its_use_counts_for_the_team_of_the_person(client_of: ClientOf, world: World) -> None:
    Membership.objects.filter(user=world.bob).update(team=world.team)
    made = post(client_of("bob"), MINE, {"name": "editor", "team": None}).json()
    assert made["team"] == str(world.team.pk)


def test_another_ones_key_is_not_there(client_of: ClientOf, world: World) -> None:
    key = post(client_of("alice"), MINE, {"name": "hers"}).json()
    bob = client_of("bob")
    assert bob.get(MINE).json()["items"] == []
    for path in (f"{MINE}/{key['id']}", f"{MINE}/{ApiKey.objects.get(name='app').pk}"):
        assert bob.get(path).status_code == 404
        assert post(bob, f"{path}/rotate").status_code == post(bob, f"{path}/revoke").status_code == 404
    assert Client().get(MINE).status_code == 401
    assert client_of("bob", "gateway").get(MINE).status_code == 401


def test_no_key_in_an_organisation_of_others_and_none_after_leaving(client_of: ClientOf, world: World) -> None:
    bob = client_of("bob")
    refused = post(bob, MINE, {"name": "mine", "organisation": str(world.elsewhere.pk)})
    assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == "organisation"
    post(bob, MINE, {"name": "left behind"})
    Membership.objects.filter(user=world.bob).delete()
    assert bob.get(MINE).status_code in (200, 401)
    assert not ApiKey.objects.own(User.objects.get(pk=world.bob.pk)).exists()


def test_bad_input_is_refused_in_words(client_of: ClientOf) -> None:
    bob = client_of("bob")
    for body in ({}, {"name": ""}, {"name": "x", "scopes": ["everything"]}, {"name": "x", "allowed_ips": ["nowhere"]}):
        refused = post(bob, MINE, body)
        assert refused.status_code == 400 and refused.json()["code"], body
    assert bob.delete(MINE).status_code == 405
    assert post(bob, f"{MINE}/x/take_over").status_code == 404


def test_there_is_an_end_to_the_number(client_of: ClientOf, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(create_own_key, "MOST_OWN_KEYS", 1)
    bob = client_of("bob")
    assert post(bob, MINE, {"name": "one"}).status_code == 201
    refused = post(bob, MINE, {"name": "two"})
    assert refused.status_code == 400 and "Revoke" in str(refused.json())


def test_who_belongs_to_several_says_which(client_of: ClientOf, world: World) -> None:
    person = User.objects.create_superuser("boss", password="correct horse battery staple")
    assert list(person.own_organisations()) == list(Organisation.objects.filter(is_active=True))
    assert post(client_of("bob"), MINE, {"name": "one"}).status_code == 201
