"""`/oauth/token`: RFC 6749 to the letter."""

import base64
from typing import Any
from urllib.parse import quote_plus

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions import create_service_account
from accounts.actions.create_service_account import CreatedAccount
from accounts.authentication import GatewayAuthentication
from accounts.identity import IdentitySnapshot
from accounts.models import ClientCredential, SigningKey
from accounts.ring import digests
from tests.accounts.conftest import Evidence
from tests.gateway_world import World

pytestmark = pytest.mark.urls("accounts.urls")
FORM = "application/x-www-form-urlencoded"
GRANT = "grant_type=client_credentials"


@pytest.fixture
def program(people: World, identity: IdentitySnapshot) -> CreatedAccount:
    """A service account of Alpha."""
    made = create_service_account.execute(people.organisation, "robot")
    identity.load()
    return made


def ask(body: str, authorization: str | None = None, content_type: str = FORM) -> Any:
    """A token request."""
    headers = {"authorization": authorization} if authorization is not None else {}
    return Client().post("/oauth/token", body, content_type=content_type, headers=headers)


def basic(client_id: str, secret: str) -> str:
    """`client_secret_basic`: both parts form-encoded first."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def posted(program: CreatedAccount, more: str = "") -> str:
    """`client_secret_post`."""
    return f"{GRANT}&client_id={program.account.client_id}&client_secret={quote_plus(program.client_secret)}{more}"


def test_a_secret_in_the_header_gives_a_token(program: CreatedAccount, evidence: Evidence) -> None:
    answer = ask(GRANT, basic(program.account.client_id, program.client_secret))
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 600
    assert b"auth.token.issued" in evidence()


def test_a_secret_in_the_body_gives_a_token_that_works(program: CreatedAccount) -> None:
    access = ask(posted(program)).json()["access_token"]
    request: Any = type("Request", (), {"headers": {"authorization": f"Bearer {access}"}})()
    _, principal = GatewayAuthentication().authenticate(request)
    assert principal.subject == program.account.subject


def test_o2_answers_are_not_stored(program: CreatedAccount) -> None:
    for answer in (ask(posted(program)), ask(GRANT)):
        assert answer["cache-control"] == "no-store"
        assert answer["pragma"] == "no-cache"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("", 400, "invalid_request"), ("client_id=x", 400, "invalid_request"), (GRANT, 401, "invalid_client"),
        ("grant_type=password&username=a&password=b", 400, "unsupported_grant_type"),
        ("grant_type=refresh_token", 400, "invalid_request"), (f"{GRANT}&{GRANT}", 400, "invalid_request"),
        (f"{GRANT}&client_id=unknown&client_secret=x", 401, "invalid_client"),
        (f"{GRANT}&client_id=%00&client_secret=%00", 401, "invalid_client"),
        (f"{GRANT}&client_id=%27+OR+1%3D1&client_secret=x", 401, "invalid_client"),
        (f"{GRANT}&client_id=%ff%fe&client_secret=%ff", 401, "invalid_client"),
    ],
)  # fmt: skip
def test_o3_each_error_has_its_code(identity: IdentitySnapshot, body: str, status: int, error: str) -> None:
    answer = ask(body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.parametrize(
    "header", ["Basic", "Basic !", "Basic eA==", "Bearer x", "Basic /w==", "Basic OnNlY3JldA==", ""]
)
def test_o3_a_bad_header_is_invalid_client_with_a_challenge(identity: IdentitySnapshot, header: str) -> None:
    answer = ask(GRANT, header)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer["www-authenticate"].startswith("Basic")


def test_unknown_client_and_wrong_secret_look_alike(program: CreatedAccount, evidence: Evidence) -> None:
    unknown = ask(GRANT, basic("gthc_unknown", program.client_secret))
    wrong = ask(GRANT, basic(program.account.client_id, "wrong"))
    assert (unknown.status_code, unknown.content) == (wrong.status_code, wrong.content)
    assert evidence().count(b"auth.token.rejected") == 2


@pytest.mark.parametrize("secret", ["with:colon", "per%cent", "pl+us", "ü", "a b&c=d"])
def test_o4_the_parts_are_form_encoded(program: CreatedAccount, secret: str) -> None:
    ClientCredential.objects.create(
        service_account=program.account, digest=digests().of(secret), pepper=digests().current, last4="last"
    )
    assert ask(GRANT, basic(program.account.client_id, secret)).status_code == 200


def test_o5_no_refresh_token_and_no_wider_scope(program: CreatedAccount) -> None:
    assert "refresh_token" not in ask(posted(program)).json()
    assert ask(posted(program, "&scope=models%3Aread")).json()["scope"] == "models:read"
    assert ask(posted(program, "&scope=management")).json()["error"] == "invalid_scope"


def test_the_header_and_the_body_together_are_refused(program: CreatedAccount) -> None:
    answer = ask(posted(program), basic(program.account.client_id, program.client_secret))
    assert answer.json()["error"] == "invalid_request"


def test_json_is_refused(program: CreatedAccount) -> None:
    assert ask("{}", content_type="application/json").json()["error"] == "invalid_request"


def test_too_many_parameters_are_refused(program: CreatedAccount) -> None:
    answer = ask("&".join(f"a{number}=1" for number in range(1200)))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("loss", ["account", "tenant", "secret", "expiry"])
def test_what_ended_gives_no_token(program: CreatedAccount, people: World, loss: str) -> None:
    match loss:
        case "account":
            program.account.is_active = False
            program.account.save()
        case "tenant":
            people.organisation.is_active = False
            people.organisation.save()
        case "secret":
            ClientCredential.objects.update(revoked_at=timezone.now())
        case "expiry":
            ClientCredential.objects.update(expires_at=timezone.now())
    assert ask(posted(program)).json()["error"] == "invalid_client"


def test_two_secrets_overlap(program: CreatedAccount) -> None:
    another = create_service_account.add_secret(program.account)
    assert ask(GRANT, basic(program.account.client_id, another)).status_code == 200
    assert ask(GRANT, basic(program.account.client_id, program.client_secret)).status_code == 200


def test_without_a_signing_key_it_says_so(program: CreatedAccount) -> None:
    SigningKey.objects.update(state="retired")
    answer = ask(posted(program))
    assert (answer.status_code, answer.json()["error"]) == (503, "temporarily_unavailable")


def test_only_post(identity: IdentitySnapshot) -> None:
    assert Client().get("/oauth/token").status_code == 405
