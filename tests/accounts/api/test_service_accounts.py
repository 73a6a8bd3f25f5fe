"""`/api/v1/service-accounts` and `/api/v1/client-credentials`: several credentials that overlap, each with an end."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from accounts.actions import create_service_account, issue_token
from accounts.apps import AccountsConfig
from accounts.authentication import GatewayAuthentication
from accounts.models import ClientCredential, ServiceAccount
from accounts.ring import gateway_audience
from accounts.tokens.keys import SigningKeyPair
from llmproxy.errors import AddressNotAllowed
from llmproxy.permissions import AddressAllowed
from tests.accounts.api.conftest import ClientOf
from tests.accounts.conftest import Evidence
from tests.accounts.oauth import asking
from tests.gateway_world import World

JSON = "application/json"


@pytest.fixture
def account(world: World) -> ServiceAccount:
    """A program of Alpha with one secret."""
    return create_service_account.execute(world.organisation, "robot").account


def test_a_secret_is_exchanged_with_an_overlap(account: ServiceAccount, client_of: ClientOf) -> None:
    client = client_of("alice")
    made = client.post(f"/api/v1/service-accounts/{account.pk}/rotate", {"overlap_seconds": 60}, JSON)
    assert made.status_code == 201, made.content
    header = asking.basic(account.client_id, made.json()["client_secret"])
    assert asking.post("/oauth/token", {"grant_type": "client_credentials"}, header).status_code == 200
    assert (
        client.post(f"/api/v1/service-accounts/{account.pk}/rotate", {"overlap_seconds": 10**6}, JSON).status_code
        == 400
    )


def test_public_keys_are_added_listed_and_ended(
    account: ServiceAccount, client_of: ClientOf, evidence: Evidence
) -> None:
    client, key = client_of("alice"), SigningKeyPair.generate()
    path = f"/api/v1/service-accounts/{account.pk}/add_keys"
    added = client.post(path, {"public_keys": json.dumps(key.public_jwk())}, JSON)
    assert added.status_code == 201, added.content
    assert [row["kind"] for row in added.json()] == ["public_key"]
    listed = client.get("/api/v1/client-credentials", {"service_account": str(account.pk)}).json()["items"]
    assert sorted(row["kind"] for row in listed) == ["public_key", "secret"]
    assert not {"digest", "pepper", "secret"} & listed[0].keys()
    one = f"/api/v1/client-credentials/{added.json()[0]['id']}"
    ended = client.patch(one, {"expires_at": "2026-01-01T00:00:00Z", "kind": "secret"}, JSON).json()
    assert (ended["state"], ended["kind"]) == ("expired", "public_key")
    assert client.delete(one).status_code == 204
    assert ClientCredential.objects.count() == 1
    for name in (b"key.created", b"admin.client_credential.updated", b"admin.client_credential.deleted"):
        assert name in evidence()


@pytest.mark.parametrize("text", ["", "no key", json.dumps(SigningKeyPair.generate().private_jwk()), "x" * 30_000])
def test_what_is_no_public_key_is_refused(account: ServiceAccount, client_of: ClientOf, text: str) -> None:
    answer = client_of("alice").post(f"/api/v1/service-accounts/{account.pk}/add_keys", {"public_keys": text}, JSON)
    assert (answer.status_code, answer["content-type"]) == (400, "application/problem+json")


def test_a_stranger_finds_nothing_of_it(account: ServiceAccount, client_of: ClientOf) -> None:
    stranger, credential = client_of("charlie"), ClientCredential.objects.get()
    assert stranger.get("/api/v1/client-credentials").json()["items"] == []
    assert stranger.get(f"/api/v1/client-credentials/{credential.pk}").status_code == 404
    assert stranger.delete(f"/api/v1/client-credentials/{credential.pk}").status_code == 404
    for verb in ("rotate", "add_keys", "add_secret"):
        assert stranger.post(f"/api/v1/service-accounts/{account.pk}/{verb}", {}, JSON).status_code == 404
    assert client_of("bob").get("/api/v1/client-credentials").status_code == 403


def test_its_tokens_are_used_from_the_addresses_that_it_may_call_from(
    account: ServiceAccount, client_of: ClientOf
) -> None:
    one = f"/api/v1/service-accounts/{account.pk}"
    assert client_of("alice").patch(one, {"allowed_ips": ["not an address"]}, JSON).status_code == 400
    assert client_of("alice").patch(one, {"allowed_ips": ["10.0.0.0/8"]}, JSON).status_code == 200
    AccountsConfig.current().identity.load()
    token = issue_token.for_program(account, gateway_audience(), ["models:read"]).access
    request: Any = SimpleNamespace(headers={"authorization": f"Bearer {token}"}, query_string=b"")
    _, request.principal = GatewayAuthentication().authenticate(request)
    request.client_ip = "10.1.2.3"
    assert AddressAllowed().has_permission(request, None)
    request.client_ip = "192.0.2.1"
    with pytest.raises(AddressNotAllowed):
        AddressAllowed().has_permission(request, None)


def test_a_single_token_of_another_issuer_is_ended_by_its_issuer_and_id(world: World, client_of: ClientOf) -> None:
    world.alice.is_superuser = True
    world.alice.save()
    client = client_of("alice")
    wish = {"kind": "jti", "issuer": "https://idp.example", "value": "one", "reason": "lost"}
    made = client.post("/api/v1/revocations", wish, JSON)
    assert (made.status_code, made.json()["issuer"]) == (201, "https://idp.example")
    assert client.post("/api/v1/revocations", {**wish, "kind": "iss_sub"}, JSON).status_code == 400
