"""What Gatehouse says of itself (RFC 8414, RFC 9728, SECURITY O10-O12)."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.actions.create_service_account import CreatedAccount
from tests.accounts.oauth import asking
from tests.accounts.views.test_token import claims_of
from tests.asgi_client import AsgiClient

SERVER, RESOURCE = "/.well-known/oauth-authorization-server", "/.well-known/oauth-protected-resource"


def told(path: str) -> Any:
    """The members."""
    answer = Client().get(path)
    assert (answer.status_code, answer["content-type"]) == (200, "application/json")
    assert "max-age" in answer["cache-control"]
    return answer.json()


def test_o10_the_issuer_is_that_of_the_tokens(program: CreatedAccount) -> None:
    answer = asking.post("/oauth/token", {"grant_type": "client_credentials"}, asking.of(program))
    assert told(SERVER)["issuer"] == claims_of(answer.json()["access_token"])["iss"]


def test_o10_every_endpoint_that_is_named_is_there_and_no_list_is_empty(db: None) -> None:
    members = told(SERVER)
    for name in ("token", "revocation", "introspection"):
        path = members[f"{name}_endpoint"].removeprefix("http://testserver")
        assert Client().get(path).status_code == 405
        assert "private_key_jwt" in members[f"{name}_endpoint_auth_methods_supported"]
    assert [] not in members.values()
    assert "authorization_endpoint" not in members
    assert "none" not in members["introspection_endpoint_auth_methods_supported"]


def test_every_grant_that_is_named_is_known(db: None) -> None:
    for grant in told(SERVER)["grant_types_supported"]:
        assert asking.post("/oauth/token", {"grant_type": grant}).json()["error"] != "unsupported_grant_type"


def test_o10_an_issuer_with_a_path_stands_behind_the_well_known_one(db: None, settings: Any) -> None:
    settings.GATEHOUSE_PUBLIC_URL = "https://gw.example/ai/gate"
    assert told(f"{SERVER}/ai/gate")["issuer"] == "https://gw.example/ai/gate"
    assert Client().get(f"{SERVER}/other").status_code == 404


@pytest.mark.parametrize(("suffix", "resource"), [("", ""), ("/v1", "/v1"), ("/api", "/api")])
def test_o12_each_resource_names_its_authorization_server(db: None, suffix: str, resource: str) -> None:
    members = told(RESOURCE + suffix)
    assert members["resource"] == f"http://testserver{resource}"
    assert members["authorization_servers"] == [told(SERVER)["issuer"]]


def test_o11_there_is_no_openid_configuration(db: None) -> None:
    assert Client().get("/.well-known/openid-configuration").status_code == 404
    assert Client().get(f"{RESOURCE}/v2").status_code == 404


def test_discovery_costs_no_query(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        told(SERVER)
        told(RESOURCE)


@pytest.mark.parametrize("credential", [None, "Bearer a.b.c", "Bearer gth_live_x"])
async def test_o12_a_401_of_the_data_plane_says_where(gateway: AsgiClient, credential: str | None) -> None:
    headers = [("authorization", credential)] if credential else []
    answer = await gateway.get("/v1/models", headers=headers)
    assert answer.status == 401
    assert f'resource_metadata="http://testserver{RESOURCE}/v1"' in answer.headers["www-authenticate"]
    unknown = await gateway.get("/v1/nothing", headers=headers)
    assert "resource_metadata" in unknown.headers["www-authenticate"]
