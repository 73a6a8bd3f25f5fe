"""`/oauth/revoke` and `/oauth/introspect` (RFC 7009, RFC 7662, SECURITY O8, O9)."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions import renew
from accounts.actions.create_service_account import CreatedAccount
from accounts.apps import AccountsConfig
from accounts.identity.verified import principal_of_token
from accounts.models import RefreshFamily, RefreshToken, Revocation
from accounts.ring import gateway_verifier
from accounts.tokens.errors import TokenRefused
from tests.accounts.conftest import Evidence
from tests.accounts.oauth import asking
from tests.accounts.views.test_token import claims_of, signed_in
from tests.gateway_world import World

pytestmark = pytest.mark.urls("accounts.urls")
INACTIVE = b'{"active": false}'
SESSION = {"client_id": "password-login"}


def token_of(program: CreatedAccount) -> str:
    """A fresh access token."""
    answer = asking.post("/oauth/token", {"grant_type": "client_credentials"}, asking.of(program))
    return str(answer.json()["access_token"])


def revoke(token: str, program: CreatedAccount | None = None, **more: str) -> Any:
    """End a token."""
    return asking.post("/oauth/revoke", {"token": token, **more}, None if program is None else asking.of(program))


def introspect(token: str, program: CreatedAccount, **more: str) -> Any:
    """Ask about a token."""
    return asking.post("/oauth/introspect", {"token": token, **more}, asking.of(program))


def works(token: str) -> bool:
    """Whether the data plane takes it, after one look of the watcher."""
    config = AccountsConfig.current()
    config.watcher.poll()
    try:
        principal_of_token(token, config.identity, gateway_verifier())
    except TokenRefused:
        return False
    return True


def test_o8_a_program_ends_its_access_token(program: CreatedAccount, evidence: Evidence) -> None:
    first, second = token_of(program), token_of(program)
    assert works(first)
    answer = revoke(first, program)
    assert (answer.status_code, answer.json()) == (200, {})
    assert not works(first)
    assert works(second)
    row = Revocation.objects.get()
    assert row.value == claims_of(first)["jti"]
    assert row.expires_at is not None
    assert b"admin.revocation.created" in evidence()
    assert program.account.subject.encode() in evidence()


def test_o8_ending_it_twice_is_no_error(program: CreatedAccount) -> None:
    token = token_of(program)
    assert [revoke(token, program).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "nonsense"])
def test_o8_a_wrong_hint_is_harmless(program: CreatedAccount, hint: str) -> None:
    token = token_of(program)
    assert revoke(token, program, token_type_hint=hint).status_code == 200
    assert not works(token)


@pytest.mark.parametrize(
    "token", ["unknown", "a.b.c", "gthr_", "gthr_x_y", "gthr_" + "0" * 32 + "_x", "\0", "é" * 5000]
)
def test_o8_an_unknown_token_is_answered_alike(program: CreatedAccount, token: str) -> None:
    assert revoke(token, program).status_code == 200
    assert not Revocation.objects.exists()


def test_o8_another_clients_token_goes_on(program: CreatedAccount, strange_program: CreatedAccount) -> None:
    token = token_of(program)
    answer = revoke(token, strange_program)
    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")
    assert works(token)


def test_o8_without_authentication_nothing_is_ended(program: CreatedAccount) -> None:
    token = token_of(program)
    for answer in (revoke(token), revoke(token, client_id=program.account.client_id)):
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert revoke(token, **SESSION).json()["error"] == "unauthorized_client"
    assert works(token)


def test_o8_a_refresh_token_ends_its_session_and_its_access_tokens(program: CreatedAccount, people: World) -> None:
    pair, other = signed_in(), signed_in()
    renewed = renew.execute(pair["refresh"])
    assert works(pair["access"])
    assert works(renewed.access.access)
    assert revoke(renewed.refresh, **SESSION).status_code == 200
    assert not works(pair["access"])
    assert not works(renewed.access.access)
    assert works(other["access"])
    with pytest.raises(renew.RefreshRefused):
        renew.execute(renewed.refresh)


def test_o8_a_program_does_not_end_a_persons_session(program: CreatedAccount, people: World) -> None:
    pair = signed_in()
    assert revoke(pair["refresh"], program).json()["error"] == "unauthorized_client"
    assert works(pair["access"])


def test_a_person_ends_one_access_token_of_his(program: CreatedAccount, people: World) -> None:
    pair = signed_in()
    assert revoke(pair["access"], **SESSION).status_code == 200
    assert not works(pair["access"])
    assert renew.execute(pair["refresh"])


def test_o9_a_token_that_holds_is_told(program: CreatedAccount) -> None:
    token = token_of(program)
    told = introspect(token, program).json()
    said = claims_of(token)
    assert told["active"] is True
    assert {name: told[name] for name in ("sub", "client_id", "aud", "iss", "exp", "iat", "jti")} == {
        name: said[name] for name in ("sub", "client_id", "aud", "iss", "exp", "iat", "jti")
    }
    assert set(told["scope"].split()) == set(said["scope"].split())
    assert "tid" not in told


def test_o9_the_scope_is_what_it_may_do_now(program: CreatedAccount) -> None:
    token = token_of(program)
    program.account.scopes = ["models:read"]
    program.account.save()
    AccountsConfig.current().watcher.poll()
    assert introspect(token, program).json()["scope"] == "models:read"


def test_o9_a_refresh_token_is_told_and_not_used(program: CreatedAccount, people: World) -> None:
    pair = signed_in()
    told = introspect(pair["refresh"], program).json()
    assert (told["active"], told["token_type"], told["sub"]) == (True, "refresh_token", people.bob.subject)
    assert RefreshToken.objects.get().used_at is None
    assert renew.execute(pair["refresh"])


def _ended(kind: str, program: CreatedAccount, stranger: CreatedAccount) -> str:
    """A token of each kind that is not fine."""
    match kind:
        case "revoked":
            token = token_of(program)
            revoke(token, program)
        case "foreign":
            token = token_of(stranger)
        case "switched_off":
            token = token_of(program)
            program.account.epoch += 1
            program.account.save()
        case "used_refresh":
            token = signed_in()["refresh"]
            renew.execute(token)
        case "ended_session":
            token = signed_in()["refresh"]
            renew.revoke(token)
        case "expired_refresh":
            token = signed_in()["refresh"]
            RefreshToken.objects.update(expires_at=timezone.now())
        case "foreign_refresh":
            token = signed_in("charlie")["refresh"]
        case _:
            token = {"tampered": token_of(program)[:-4] + "AAAA", "garbage": "x", "nul": "\0", "key": "gth_live_x"}[
                kind
            ]
    AccountsConfig.current().watcher.poll()
    return token


KINDS = (
    "revoked", "foreign", "switched_off", "used_refresh", "ended_session", "expired_refresh", "foreign_refresh",
    "tampered", "garbage", "nul", "key",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_o9_what_is_not_fine_gives_the_same_bytes(
    program: CreatedAccount, strange_program: CreatedAccount, people: World, kind: str
) -> None:
    answer = introspect(_ended(kind, program, strange_program), program)
    assert (answer.status_code, answer.content) == (200, INACTIVE)
    assert answer["cache-control"] == "no-store"


def test_o9_a_used_refresh_token_is_looked_at_without_ending_its_session(
    program: CreatedAccount, people: World
) -> None:
    first = signed_in()["refresh"]
    renew.execute(first)
    introspect(first, program)
    assert RefreshFamily.objects.get().revoked_at is None


def test_o9_who_does_not_authenticate_is_told_nothing(program: CreatedAccount) -> None:
    token = token_of(program)
    for form in ({"token": token}, {"token": token, **SESSION}, {"token": token, "client_id": "gthc_x"}):
        answer = asking.post("/oauth/introspect", form)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    bearer = asking.post("/oauth/introspect", {"token": token}, f"Bearer {token}")
    assert bearer.status_code == 401


@pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/introspect"])
def test_malformed_requests_are_refused(program: CreatedAccount, path: str) -> None:
    for form in ({}, {"token": ["a", "b"]}, {"token": ""}):
        answer = asking.post(path, form, asking.of(program))
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert Client().get(path).status_code == 405


def test_an_old_session_says_when_it_ends(program: CreatedAccount, people: World) -> None:
    refresh = signed_in()["refresh"]
    until = timezone.now() + timedelta(hours=1)
    RefreshToken.objects.update(expires_at=until)
    assert introspect(refresh, program).json()["exp"] == int(until.timestamp())
