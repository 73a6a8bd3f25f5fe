"""What SECURITY 1.4 forbids is not there: password grants, code flows, certificates in headers, chosen client ids."""

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

from accounts.actions.create_service_account import CreatedAccount
from accounts.identity import IdentitySnapshot
from accounts.models import ServiceAccount
from accounts.ring import gateway_audience
from config.checks import no_blacklist_app
from tests.accounts.oauth import asking
from tests.accounts.views.test_token import claims_of
from tests.config.test_routes import CONTROL
from tests.gateway_world import PASSWORD, World

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.mark.parametrize(
    "grant", ["password", "implicit", "authorization_code", "urn:ietf:params:oauth:grant-type:jwt-bearer"]
)
def test_o1_a_password_is_no_grant(people: World, program: CreatedAccount, grant: str) -> None:
    form = {"grant_type": grant, "username": "bob", "password": PASSWORD, "code": "x", "assertion": "a.b.c"}
    for header in (None, asking.of(program)):
        answer = asking.post("/oauth/token", form, header)
        assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_o1_no_view_of_simplejwt_is_mounted() -> None:
    assert no_blacklist_app(None) == []
    names = {str(pattern.callback) for pattern in _patterns(get_resolver().url_patterns)}
    assert not [name for name in names if "rest_framework_simplejwt" in name]


def test_o1_the_sign_in_of_people_can_be_switched_off(people: World, settings: Any) -> None:
    settings.GATEHOUSE_PASSWORD_LOGIN = False
    login = {"username": "bob", "password": PASSWORD}
    answer = Client().post("/api/token/", login, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "password_login_off")


@pytest.mark.parametrize(
    "name",
    ["X_SSL_CERT", "X_CLIENT_CERT", "SSL_CLIENT_CERT", "X_FORWARDED_CLIENT_CERT", "CLIENT_CERT", "X_TLS_CLIENT_CERT"],
)
def test_o15_a_certificate_in_a_header_is_nobodys_proof(program: CreatedAccount, name: str) -> None:
    form = {"grant_type": "client_credentials", "client_id": program.account.client_id}
    answer = asking.post("/oauth/token", form, **{f"HTTP_{name}": "MIIB"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    fetched = asking.post(
        "/oauth/token", {"grant_type": "client_credentials"}, asking.of(program), **{f"HTTP_{name}": "x"}
    )
    assert "cnf" not in claims_of(fetched.json()["access_token"])


def test_o18_a_token_is_for_one_audience_and_for_no_more_than_was_asked(program: CreatedAccount) -> None:
    form = {"grant_type": "client_credentials", "scope": "models:read"}
    claims = claims_of(asking.post("/oauth/token", form, asking.of(program)).json()["access_token"])
    assert (claims["aud"], claims["scope"]) == (gateway_audience(), "models:read")
    more = asking.post("/oauth/token", {**form, "scope": "models:read management"}, asking.of(program))
    assert more.json()["error"] == "invalid_scope"


def test_a4_o19_a_program_chooses_neither_its_id_nor_its_subject(people: World, identity: IdentitySnapshot) -> None:
    client = Client()
    client.force_login(people.alice, BACKEND)
    wish = {"name": people.bob.subject, "client_id": people.bob.subject, "subject": people.bob.subject}
    made = client.post("/api/v1/service-accounts", wish, content_type="application/json")
    assert made.status_code == 201, made.content
    account = ServiceAccount.objects.get()
    assert account.client_id.startswith("gthc_")
    assert account.subject == f"svc:{account.pk}"
    one = f"/api/v1/service-accounts/{account.pk}"
    client.patch(one, {"client_id": people.bob.subject}, content_type="application/json")
    account.refresh_from_db()
    assert account.client_id.startswith("gthc_")


def test_a4_a_programs_token_is_never_a_persons(people: World, program: CreatedAccount) -> None:
    token = asking.post("/oauth/token", {"grant_type": "client_credentials"}, asking.of(program)).json()["access_token"]
    claims = claims_of(token)
    assert claims["sub"] == program.account.subject != claims["client_id"]
    assert claims["sub"].startswith("svc:")
    assert not {"auth_time", "acr", "amr"} & claims.keys()


def test_o20_there_is_no_code_flow() -> None:
    assert not [path for path in CONTROL if path.startswith("oauth/authorize")]
    assert sorted(path for path in CONTROL if path.startswith("oauth/")) == [
        "oauth/introspect",
        "oauth/revoke",
        "oauth/token",
    ]
    for path in ("/oauth/authorize", "/authorize", "/oauth/device_authorization"):
        assert Client().get(path).status_code == 404


def _patterns(entries: Any) -> Any:
    for entry in entries:
        if hasattr(entry, "url_patterns"):
            yield from _patterns(entry.url_patterns)
        else:
            yield entry
