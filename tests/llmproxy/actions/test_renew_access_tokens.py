"""Access tokens: fetched beside the request path, renewed before their end, never sent after it."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from audit.models import OutboxRecord
from llmproxy.actions import renew_access_tokens
from llmproxy.catalog.loading import load
from llmproxy.models import Provider, ProviderCredential
from tests.gateway_world import World

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PATH = "/tenant/oauth2/v2.0/token"


@pytest.fixture
def credential(world: World, httpserver: HTTPServer, settings) -> ProviderCredential:  # type: ignore[no-untyped-def]
    settings.GATEHOUSE_EGRESS_ALLOW = (f"127.0.0.1:{httpserver.port}",)
    provider = Provider.objects.create(
        organisation=world.organisation, name="Azure", slug="azure", base_url="https://x.openai.azure.com",
        auth_scheme="azure_ad",
    )  # fmt: skip
    world.add_route(provider)
    row = ProviderCredential(provider=provider)
    authority = f"http://127.0.0.1:{httpserver.port}"
    row.set_secret(
        orjson.dumps(
            {"tenant_id": "tenant", "client_id": "client", "client_secret": "canary", "authority": authority}
        ).decode()
    )
    row.save()
    return row


def token_endpoint(httpserver: HTTPServer, *tokens: str, life: int = 3600) -> None:
    waiting = list(tokens)

    def answer(request: Request) -> Response:
        if request.form.get("client_secret") != "canary" or request.form.get("grant_type") != "client_credentials":
            return Response("{}", 401)
        return Response(orjson.dumps({"access_token": waiting.pop(0), "expires_in": life}), 200)

    httpserver.expect_request(PATH, method="POST").respond_with_handler(answer)


def test_a_token_is_fetched_sealed_and_used(
    credential: ProviderCredential, httpserver: HTTPServer, world: World
) -> None:
    token_endpoint(httpserver, "token-one")
    assert renew_access_tokens.execute(datetime.now(UTC)) == 1
    credential.refresh_from_db()
    assert "token-one" not in credential.access_token_sealed
    key = load(1).models_for(str(world.organisation.pk))["public"].deployments[0].credentials.pick()
    assert key is not None
    assert key.auth.headers("POST", "https://x", (), b"") == ((b"authorization", b"Bearer token-one"),)


def test_it_is_renewed_ten_minutes_before_its_end_and_not_earlier(
    credential: ProviderCredential, httpserver: HTTPServer
) -> None:
    token_endpoint(httpserver, "one", "two")
    assert renew_access_tokens.execute(NOW) == 1
    assert renew_access_tokens.execute(NOW + timedelta(minutes=49)) == 0
    assert renew_access_tokens.execute(NOW + timedelta(minutes=51)) == 1


def test_a_refusal_is_named_on_the_row_and_the_old_token_stays(
    credential: ProviderCredential, httpserver: HTTPServer
) -> None:
    token_endpoint(httpserver, "one")
    renew_access_tokens.execute(NOW)
    httpserver.clear()
    httpserver.expect_request(PATH).respond_with_data("no", status=400)
    assert renew_access_tokens.execute(NOW + timedelta(minutes=55)) == 0
    credential.refresh_from_db()
    assert "status 400" in credential.access_token_problem
    assert credential.access_token_expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"access_token": null}', "<html>"])
def test_an_answer_that_makes_no_sense_is_a_problem_not_a_crash(
    credential: ProviderCredential, httpserver: HTTPServer, body: str
) -> None:
    httpserver.expect_request(PATH).respond_with_data(body)
    assert renew_access_tokens.execute(NOW) == 0
    credential.refresh_from_db()
    assert credential.access_token_problem


def test_a_token_endpoint_on_a_forbidden_address_is_not_called(credential: ProviderCredential, settings) -> None:  # type: ignore[no-untyped-def]
    settings.GATEHOUSE_EGRESS_ALLOW = ()
    assert renew_access_tokens.execute(NOW) == 0


def test_without_a_valid_token_the_provider_is_out_of_service_and_says_why(
    credential: ProviderCredential, httpserver: HTTPServer, world: World
) -> None:
    token_endpoint(httpserver, "one")
    renew_access_tokens.execute(datetime.now(UTC) - timedelta(hours=2))
    catalog = load(1)
    assert not catalog.models_for(str(world.organisation.pk))["public"].deployments
    assert any("access token" in problem for problem in catalog.problems)


def test_a_renewal_is_on_record_without_the_token(credential: ProviderCredential, httpserver: HTTPServer) -> None:
    token_endpoint(httpserver, "token-one")
    renew_access_tokens.execute(NOW)
    records = b"".join(bytes(row.raw) for row in OutboxRecord.objects.all())
    assert b"admin.provider_credential.updated" in records
    assert b"token-one" not in records
    assert b"canary" not in records


def test_a_new_secret_throws_the_old_token_away(credential: ProviderCredential, httpserver: HTTPServer) -> None:
    token_endpoint(httpserver, "one")
    renew_access_tokens.execute(NOW)
    credential.refresh_from_db()
    credential.set_secret('{"tenant_id":"t","client_id":"c","client_secret":"s"}')
    assert (credential.access_token_sealed, credential.access_token_expires_at) == ("", None)
