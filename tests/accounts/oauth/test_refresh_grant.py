"""`grant_type=refresh_token` on the sessions of people (RFC 6749 §6, SECURITY O17, 5.5)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions.create_service_account import CreatedAccount
from accounts.actions.renew import LONGEST_IDLE
from accounts.identity import IdentitySnapshot
from accounts.models import RefreshFamily, RefreshToken, SigningKey
from tests.accounts.conftest import Evidence
from tests.accounts.oauth import asking
from tests.accounts.views.test_token import claims_of, signed_in
from tests.gateway_world import World

pytestmark = [pytest.mark.urls("accounts.urls"), pytest.mark.usefixtures("identity")]


def refresh(token: str, **more: Any) -> Any:
    """A refresh by Gatehouse's own sign-in, a public client."""
    form = {"grant_type": "refresh_token", "client_id": "password-login", "refresh_token": token, **more}
    return asking.post("/oauth/token", form)


def test_it_gives_a_new_pair_of_the_same_session(people: World, evidence: Evidence) -> None:
    first = signed_in()
    answer = refresh(first["refresh"])
    assert answer.status_code == 200
    assert answer["cache-control"] == "no-store"
    pair = answer.json()
    assert set(pair) == {"access_token", "refresh_token", "token_type", "expires_in", "scope"}
    assert claims_of(pair["access_token"])["sid"] == claims_of(first["access"])["sid"]
    assert refresh(pair["refresh_token"]).status_code == 200
    assert b"auth.token.refreshed" in evidence()


def test_o17_reuse_ends_the_session_and_is_on_record(people: World, evidence: Evidence) -> None:
    first = signed_in()["refresh"]
    second = refresh(first).json()["refresh_token"]
    again = refresh(first)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert refresh(second).json()["error"] == "invalid_grant"
    assert RefreshFamily.objects.get().revoked_because == "reuse"
    assert b"auth.session.revoked" in evidence()


def test_o17_the_successor_names_its_parent(people: World) -> None:
    refresh(signed_in()["refresh"])
    old, new = RefreshToken.objects.order_by("issued_at")
    assert new.parent == old


def test_o17_idle_and_absolute_limits_hold(people: World) -> None:
    idle = signed_in()["refresh"]
    RefreshToken.objects.update(expires_at=timezone.now())
    assert refresh(idle).json()["error"] == "invalid_grant"
    old = signed_in()["refresh"]
    RefreshFamily.objects.update(expires_at=timezone.now())
    assert refresh(old).json()["error"] == "invalid_grant"


def test_o17_renewing_does_not_move_the_end_of_the_session(people: World) -> None:
    first = signed_in()["refresh"]
    soon = timezone.now() + timedelta(hours=1)
    RefreshFamily.objects.update(expires_at=soon)
    refresh(first)
    assert RefreshFamily.objects.get().expires_at == soon
    assert RefreshToken.objects.order_by("-issued_at")[0].expires_at == soon < timezone.now() + LONGEST_IDLE


def test_a_narrower_scope_is_of_the_access_token_only(people: World) -> None:
    pair = refresh(signed_in()["refresh"], scope="models:read").json()
    assert pair["scope"] == "models:read"
    assert len(refresh(pair["refresh_token"]).json()["scope"].split()) == 3


def test_a_wider_scope_is_refused_and_uses_nothing(people: World) -> None:
    token = signed_in()["refresh"]
    assert refresh(token, scope="management").json()["error"] == "invalid_scope"
    assert refresh(token).status_code == 200


@pytest.mark.parametrize("token", ["x", "gthr_", "gthr_x_y", f"gthr_{'0' * 32}_x", "\0", "a.b.c", "é" * 500])
def test_what_is_no_refresh_token_is_invalid_grant(people: World, token: str) -> None:
    assert (refresh(token).status_code, refresh(token).json()["error"]) == (400, "invalid_grant")


def test_it_needs_its_token_and_its_client(people: World, program: CreatedAccount) -> None:
    token = signed_in()["refresh"]
    assert refresh("").json()["error"] == "invalid_request"
    assert refresh(token, client_id="").json()["error"] == "invalid_client"
    assert refresh(token, client_id="gthc_x").json()["error"] == "invalid_client"
    form = {"grant_type": "refresh_token", "refresh_token": token}
    assert asking.post("/oauth/token", form, asking.of(program)).json()["error"] == "unauthorized_client"
    assert refresh(token).status_code == 200


def test_b11_an_access_token_is_no_refresh_token(people: World) -> None:
    assert refresh(signed_in()["access"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("end", ["person", "tenant"])
def test_who_was_switched_off_does_not_renew(people: World, end: str) -> None:
    token = signed_in()["refresh"]
    row = people.bob if end == "person" else people.organisation
    row.is_active = False
    row.save()
    assert refresh(token).json()["error"] == "invalid_grant"


def test_without_a_signing_key_nothing_is_used(people: World, identity: IdentitySnapshot) -> None:
    token = signed_in()["refresh"]
    SigningKey.objects.update(state="retired")
    assert refresh(token).status_code == 503
    SigningKey.objects.update(state="active")
    assert refresh(token).status_code == 200
