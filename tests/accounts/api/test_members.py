"""People, places and invitations over the management API."""

import re

from django.core import mail
from django.test import Client

from accounts.models import Invitation, Membership, Role, Team, User
from tests.accounts.api.conftest import ClientOf
from tests.gateway_world import World

JSON = "application/json"


def send(client: Client, method: str, path: str, body: object = None):  # type: ignore[no-untyped-def]
    return getattr(client, method)(f"/api/v1/{path}", body or {}, content_type=JSON)


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_a_person_is_invited_and_the_link_is_shown_once(client_of: ClientOf, world: World) -> None:
    alice = client_of("alice")
    made = send(alice, "post", "invitations", {"email": "eve@example.org", "role": "developer"})
    assert made.status_code == 201 and re.search(r"/admin/invitation/", made.json()["url"])
    assert mail.outbox[0].to == ["eve@example.org"]
    one = f"invitations/{made.json()['id']}"
    assert "url" not in alice.get(f"/api/v1/{one}").json()
    assert send(alice, "delete", one).status_code == 204
    assert Invitation.objects.get().state == "withdrawn"
    assert send(alice, "delete", one).status_code == 409


def test_nobody_gives_a_role_that_he_could_not_give_in_the_admin(client_of: ClientOf, world: World) -> None:
    Membership.objects.filter(user=world.bob).update(role=Role.ADMINISTRATOR)
    bob = client_of("bob")
    refused = send(bob, "post", "invitations", {"email": "eve@example.org", "role": "auditor"})
    assert refused.status_code == 403 and refused.json()["code"] == "role_not_grantable"
    mine = Membership.objects.get(user=world.bob)
    assert send(bob, "patch", f"members/{mine.pk}", {"role": "owner"}).status_code == 403
    owner = Membership.objects.get(user=world.alice)
    assert send(bob, "delete", f"members/{owner.pk}").status_code == 403
    mine.refresh_from_db()
    assert mine.role == Role.ADMINISTRATOR and Membership.objects.filter(pk=owner.pk).exists()


def test_the_last_owner_stays(client_of: ClientOf, world: World) -> None:
    owner = Membership.objects.get(user=world.alice)
    refused = send(client_of("alice"), "delete", f"members/{owner.pk}")
    assert refused.status_code == 409 and refused.json()["code"] == "last_owner"


def test_a_role_is_changed_and_taken(client_of: ClientOf, world: World) -> None:
    place = Membership.objects.get(user=world.bob)
    alice = client_of("alice")
    changed = send(alice, "patch", f"members/{place.pk}", {"role": "billing_viewer", "team": None})
    assert changed.status_code == 200 and changed.json()["role"] == "billing_viewer" and changed.json()["team"] is None
    assert send(alice, "patch", f"members/{place.pk}", {"user": str(world.charlie.pk)}).json()["username"] == "bob"
    assert send(alice, "delete", f"members/{place.pk}").status_code == 204


def test_a_team_of_another_tenant_does_not_exist(client_of: ClientOf, world: World) -> None:
    theirs = Team.objects.create(organisation=world.elsewhere, name="Theirs")
    place = Membership.objects.get(user=world.bob)
    refused = send(client_of("alice"), "patch", f"members/{place.pk}", {"team": str(theirs.pk)})
    assert refused.status_code == 400 and refused.json()["errors"][0]["field"] == "team"
    assert (
        send(client_of("alice"), "post", "members", {"user": str(world.charlie.pk), "role": "developer"}).status_code
        == 400
    )


def test_a_token_is_of_one_organisation(client_of: ClientOf, world: World) -> None:
    Membership.objects.create(user=world.alice, organisation=world.elsewhere, role=Role.OWNER)
    seen = client_of("alice").get("/api/v1/organisations").json()["items"]
    assert len(seen) == 1
    assert len(browser_of(world.alice).get("/api/v1/organisations").json()["items"]) == 2


def test_everybody_asks_who_he_is(client_of: ClientOf) -> None:
    assert client_of("bob").get("/api/v1/people/me").json()["username"] == "bob"
    assert Client().get("/api/v1/people/me").status_code == 401


def test_accounts_are_the_installations_business(client_of: ClientOf, world: World, superuser: User) -> None:
    assert send(client_of("alice"), "post", f"people/{world.bob.pk}/switch_off").status_code == 403
    root = browser_of(superuser)
    assert send(root, "post", f"people/{world.bob.pk}/switch_off").json()["is_active"] is False
    assert send(root, "post", f"people/{world.bob.pk}/switch_on").json()["is_active"] is True
    assert send(root, "post", f"people/{superuser.pk}/switch_off").status_code == 409
    assert send(root, "post", f"people/{world.bob.pk}/end_sessions").status_code == 200


def test_tenants_are_suspended_and_resumed_by_the_installation(
    client_of: ClientOf, world: World, superuser: User
) -> None:
    one = f"organisations/{world.organisation.pk}"
    assert send(client_of("alice"), "post", f"{one}/suspend").status_code == 403
    assert send(client_of("alice"), "post", "organisations", {"name": "Mine", "slug": "mine"}).status_code == 403
    root = browser_of(superuser)
    assert send(root, "post", f"{one}/suspend").json()["is_active"] is False
    assert send(root, "post", f"{one}/resume").json()["is_active"] is True
    assert send(root, "post", "organisations", {"name": "New", "slug": "new"}).status_code == 201
    taken = send(root, "post", "organisations", {"name": "New", "slug": "new"})
    assert taken.status_code == 400 and taken.json()["errors"][0]["field"] == "slug"


def test_a_team_in_use_is_not_deleted(client_of: ClientOf, world: World) -> None:
    alice = client_of("alice")
    refused = send(alice, "delete", f"teams/{world.team.pk}")
    assert refused.status_code == 409 and refused.json()["code"] == "in_use"
    made = send(alice, "post", "teams", {"name": "Empty"})
    assert send(alice, "delete", f"teams/{made.json()['id']}").status_code == 204


def test_the_key_ring_and_revocations_are_for_superusers(client_of: ClientOf, world: World, superuser: User) -> None:
    for path in ("signing-keys", "revocations"):
        assert client_of("alice").get(f"/api/v1/{path}").status_code == 403
    root = browser_of(superuser)
    ring = root.get("/api/v1/signing-keys").json()["items"]
    assert ring and not {"d", "p", "q"} & set(ring[0]["public_jwk"])
    made = send(root, "post", "signing-keys", {"algorithm": "Ed25519"})
    assert made.status_code == 201 and made.json()["state"] == "pending"
    assert send(root, "post", f"signing-keys/{made.json()['id']}/activate").status_code == 409
    gone = send(root, "post", f"signing-keys/{made.json()['id']}/compromise", {"reason": "laptop lost"})
    assert gone.json()["state"] == "compromised"
    assert send(root, "post", "signing-keys", {"algorithm": "HS256"}).status_code == 400
    assert send(root, "post", "signing-keys/rotate").status_code == 201
    ended = send(root, "post", "revocations", {"kind": "jti", "value": "abc", "reason": "stolen"})
    assert ended.status_code == 201
    assert send(root, "post", "revocations", {"kind": "jti", "reason": "stolen"}).status_code == 400
    assert send(root, "post", "revocations", {"kind": "global_epoch", "value": "x", "reason": "y"}).status_code == 400


def test_service_accounts_show_their_secret_once(client_of: ClientOf) -> None:
    alice = client_of("alice")
    made = send(alice, "post", "service-accounts", {"name": "robot"})
    assert made.status_code == 201 and made.json()["client_secret"]
    one = f"service-accounts/{made.json()['id']}"
    assert "client_secret" not in alice.get(f"/api/v1/{one}").json()
    another = send(alice, "post", f"{one}/add_secret").json()["client_secret"]
    assert another != made.json()["client_secret"]
    assert send(alice, "patch", one, {"is_active": False}).json()["is_active"] is False
