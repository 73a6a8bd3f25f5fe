"""`/api/v1/` with bound tokens, and how the policy is set there and in the admin."""

from typing import Any

import pytest
from django.test import Client

from accounts.actions import issue_token
from accounts.apps import AccountsConfig
from accounts.models import Organisation, ServiceAccount
from accounts.ring import management_audience
from tests.accounts.tokens.proofs import Prover
from tests.gateway_world import World

pytestmark = [pytest.mark.processes, pytest.mark.usefixtures("store")]
PATH = "/api/v1/organisations"
URL = f"http://testserver{PATH}"


@pytest.fixture
def token(world: World, prover: Prover) -> str:
    """Alice's, bound to the key."""
    AccountsConfig.current().identity.load()
    return management_token(world, prover.thumbprint)


def management_token(world: World, thumbprint: str | None) -> str:
    """Alice's."""
    audience = management_audience()
    made = issue_token.for_person(world.alice, world.organisation, audience, ["management"], "s", thumbprint)
    return made.access


def get(token: str, proof: str | None, scheme: str = "DPoP", path: str = PATH, **more: Any) -> Any:
    """A call of the management API."""
    headers = {"HTTP_AUTHORIZATION": f"{scheme} {token}", **more}
    if proof is not None:
        headers["HTTP_DPOP"] = proof
    return Client().get(path, **headers)


def test_a_bound_token_with_a_proof_gets_in(token: str, prover: Prover) -> None:
    answer = get(token, prover.prove("GET", URL, token))
    assert answer.status_code == 200
    assert answer.json()["items"]


def test_o16_the_stolen_token_alone_is_refused(token: str, prover: Prover) -> None:
    for answer in (get(token, None), get(token, prover.prove("GET", URL, token), "Bearer")):
        assert answer.status_code == 401
        assert answer["content-type"] == "application/problem+json"
        assert 'DPoP algs="ES256' in answer["www-authenticate"]


def test_o16_a_proof_works_once_and_for_one_call(token: str, prover: Prover) -> None:
    proof = prover.prove("GET", URL, token)
    assert get(token, proof).status_code == 200
    assert get(token, proof).status_code == 401
    assert get(token, prover.prove("GET", URL, token), path="/api/v1/teams").status_code == 401
    answer = get(token, prover.prove("GET", f"{URL}?limit=2", token), path=f"{PATH}?limit=1")
    assert answer.status_code == 200, answer.content


def test_o16_an_unbound_token_under_the_scheme_is_refused(world: World, token: str, prover: Prover) -> None:
    unbound = management_token(world, None)
    answer = get(unbound, prover.prove("GET", URL, unbound))
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["www-authenticate"]


def test_a_proof_counts_once_in_a_request_that_is_looked_at_twice(token: str, prover: Prover) -> None:
    proof = prover.prove("POST", "http://testserver/api/v1/teams", token)
    headers = {"HTTP_AUTHORIZATION": f"DPoP {token}", "HTTP_DPOP": proof, "HTTP_IDEMPOTENCY_KEY": "once"}
    body = {"name": "Night shift"}
    answer = Client().post("/api/v1/teams", body, content_type="application/json", **headers)
    assert answer.status_code == 201, answer.content


def test_o16_an_odd_path_is_a_refusal_and_no_fault(token: str, prover: Prover) -> None:
    for path in (f"{PATH}/%00", f"{PATH}/%C3%A9", f"{PATH}/{'x' * 3000}"):
        assert get(token, prover.prove("GET", URL, token), path=path).status_code in (401, 404)


def test_the_policy_is_set_by_api_and_admin(world: World, token: str, prover: Prover) -> None:
    root = Client()
    world.alice.is_superuser = world.alice.is_staff = True
    world.alice.save()
    root.force_login(world.alice, "django.contrib.auth.backends.ModelBackend")
    account = {"name": "r", "dpop_required": True, "organisation": str(world.organisation.pk)}
    made = root.post("/api/v1/service-accounts", account, content_type="application/json")
    assert made.status_code == 201, made.content
    assert ServiceAccount.objects.get(name="r").dpop_required
    one = f"/api/v1/organisations/{world.organisation.pk}"
    assert root.patch(one, {"dpop_required": True}, content_type="application/json").json()["dpop_required"] is True
    assert Organisation.objects.get(pk=world.organisation.pk).dpop_required
    page = root.get(f"/admin/accounts/serviceaccount/{made.json()['id']}/change/").content.decode()
    assert 'name="dpop_required"' in page
    assert (
        'name="dpop_required"'
        in root.get(f"/admin/accounts/organisation/{world.organisation.pk}/change/").content.decode()
    )
