"""Single sign-on over the management API: owners set it up, secrets go in and never come out."""

from typing import Any

from accounts.models import IdentityProvider, Membership, Role
from audit.models import OutboxRecord
from tests.accounts.api.conftest import ClientOf
from tests.gateway_world import World

PATH, JSON = "/api/v1/identity-providers", "application/json"
HOUSE = {"name": "House", "slug": "house", "issuer": "https://login.example.com", "client_id": "gatehouse"}
SECRET = "a secret of the house"


def test_an_owner_sets_one_up_and_the_secret_stays_in(client_of: ClientOf, world: World) -> None:
    alice = client_of("alice")
    made = alice.post(PATH, {**HOUSE, "secret": SECRET, "join_role": "developer"}, content_type=JSON)
    assert made.status_code == 201, made.content
    row = IdentityProvider.objects.get()
    assert row.secret() == SECRET and row.organisation == world.organisation
    assert made.json()["redirect_uri"] == "http://testserver/admin/sso/house/callback/"
    one = f"{PATH}/{row.pk}"
    read = alice.get(one).content + alice.get(PATH).content + made.content
    assert SECRET.encode() not in read and b"secret" not in alice.get(one).content
    changed = alice.patch(one, {"secret": "another one", "required_claims": ["hd=example.com"]}, content_type=JSON)
    row.refresh_from_db()
    assert changed.status_code == 200 and row.secret() == "another one" and row.required_claims == ["hd=example.com"]
    said = b"".join(bytes(record.raw) for record in OutboxRecord.objects.all())
    assert b"admin.identity_provider.created" in said and b"another one" not in said and SECRET.encode() not in said


def test_issuer_and_short_name_never_change(client_of: ClientOf) -> None:
    alice = client_of("alice")
    one = f"{PATH}/{alice.post(PATH, HOUSE, content_type=JSON).json()['id']}"
    alice.patch(one, {"issuer": "https://evil.example.com", "slug": "evil", "name": "New name"}, content_type=JSON)
    row = IdentityProvider.objects.get()
    assert (row.issuer, row.slug, row.name) == (HOUSE["issuer"], "house", "New name")
    assert alice.delete(one).status_code == 405


def test_bad_input_is_refused_in_words(client_of: ClientOf, world: World) -> None:
    alice = client_of("alice")
    wrong: tuple[dict[str, Any], ...] = (
        {"issuer": "http://login.example.com"}, {"issuer": "https://127.0.0.1"}, {"issuer": "https://x.example?y=1"},
        {"join_role": "owner"}, {"required_claims": ["hd"]}, {"slug": "a b"}, {"client_id": ""},
        {"organisation": str(world.elsewhere.pk)},
    )  # fmt: skip
    for changed in wrong:
        refused = alice.post(PATH, {**HOUSE, **changed}, content_type=JSON)
        assert refused.status_code == 400 and refused.json()["errors"], changed
    assert not IdentityProvider.objects.exists()


def test_only_owners_write_and_strangers_find_nothing(client_of: ClientOf, world: World) -> None:
    one = f"{PATH}/{client_of('alice').post(PATH, HOUSE, content_type=JSON).json()['id']}"
    assert client_of("charlie").get(one).status_code == 404
    assert client_of("bob").get(PATH).status_code == 403
    Membership.objects.filter(user=world.bob).update(role=Role.ADMINISTRATOR)
    bob = client_of("bob")
    assert bob.get(one).status_code == 200
    assert bob.patch(one, {"name": "mine"}, content_type=JSON).status_code == 403
    assert bob.post(PATH, {**HOUSE, "slug": "mine"}, content_type=JSON).status_code == 403
    assert bob.post(f"{one}/probe").status_code == 403


def test_a_provider_that_does_not_answer_is_told_as_a_finding(client_of: ClientOf, settings: Any) -> None:
    settings.GATEHOUSE_EGRESS_ALLOW = ("127.0.0.1:9",)
    alice = client_of("alice")
    made = alice.post(PATH, {**HOUSE, "issuer": "http://127.0.0.1:9"}, content_type=JSON)
    found = alice.post(f"{PATH}/{made.json()['id']}/probe")
    assert found.status_code == 200 and found.json()[0]["ok"] is False
