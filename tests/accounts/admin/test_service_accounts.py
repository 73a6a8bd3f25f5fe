"""Service accounts in the admin: secrets once, public keys pasted, ended by deleting or by an earlier date."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions import create_service_account
from accounts.models import ClientCredential, Membership, Role, ServiceAccount, User
from accounts.tokens.keys import SigningKeyPair
from tests.accounts.conftest import Evidence
from tests.gateway_world import World

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def account(people: World) -> ServiceAccount:
    """A program of Alpha with one secret."""
    return create_service_account.execute(people.organisation, "robot").account


def signed_in(user: User) -> Client:
    """A browser."""
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def alices(people: World) -> Client:
    """The owner's browser."""
    return signed_in(people.alice)


def page(account: ServiceAccount) -> str:
    """Where the account is changed."""
    return reverse("admin:accounts_serviceaccount_change", args=[account.pk])


def form(account: ServiceAccount, **changed: Any) -> dict[str, Any]:
    """What a browser sends."""
    rows = list(account.credentials.all())
    inline: dict[str, Any] = {"credentials-TOTAL_FORMS": len(rows), "credentials-INITIAL_FORMS": len(rows)}
    for number, row in enumerate(rows):
        inline[f"credentials-{number}-id"] = row.pk
        inline[f"credentials-{number}-service_account"] = account.pk
        inline[f"credentials-{number}-expires_at_0"] = f"{row.expires_at:%Y-%m-%d}"
        inline[f"credentials-{number}-expires_at_1"] = f"{row.expires_at:%H:%M:%S}"
    return {"name": account.name, "scopes": ["models:invoke"], "is_active": "on", **inline, **changed}


def test_public_keys_are_pasted_and_listed(alices: Client, account: ServiceAccount, evidence: Evidence) -> None:
    key = SigningKeyPair.generate()
    pasted = json.dumps({"keys": [{**key.public_jwk(), "kid": "deployment-7"}]})
    assert alices.post(page(account), form(account, public_keys=pasted)).status_code == 302
    row = account.credentials.get(kind="public_key")
    assert row.thumbprint == key.kid
    shown = alices.get(page(account)).content.decode()
    assert "deployment-7 (ES256)" in shown
    assert b"key.created" in evidence()


@pytest.mark.parametrize("pasted", ["no key", "{}", json.dumps(SigningKeyPair.generate().private_jwk())])
def test_what_is_no_public_key_is_refused_on_the_form(alices: Client, account: ServiceAccount, pasted: str) -> None:
    answer = alices.post(page(account), form(account, name="changed", public_keys=pasted))
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode() or "private" in answer.content.decode()
    account.refresh_from_db()
    assert account.name == "robot"
    assert account.credentials.count() == 1


def test_a_secret_ends_by_deleting_it(alices: Client, account: ServiceAccount, evidence: Evidence) -> None:
    assert alices.post(page(account), form(account, **{"credentials-0-DELETE": "on"})).status_code == 302
    assert not account.credentials.exists()
    assert b"admin.client_credential.deleted" in evidence()


def test_a_secret_ends_at_an_earlier_date(alices: Client, account: ServiceAccount, evidence: Evidence) -> None:
    earlier = {"credentials-0-expires_at_0": "2026-01-01", "credentials-0-expires_at_1": "00:00:00"}
    assert alices.post(page(account), form(account, **earlier)).status_code == 302
    assert account.credentials.get().state == "expired"
    assert b"admin.client_credential.updated" in evidence()


def test_rotation_shows_the_new_secret_once(alices: Client, account: ServiceAccount, evidence: Evidence) -> None:
    action = {"action": "rotate", "_selected_action": [account.pk]}
    answer = alices.post(reverse("admin:accounts_serviceaccount_changelist"), action)
    [secret] = re.findall(r"gths_[\w-]{43}", answer.content.decode())
    assert "no-store" in answer["cache-control"]
    assert account.credentials.count() == 2
    assert secret.encode() not in evidence()
    assert secret not in alices.get(page(account)).content.decode()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DEVELOPER])
def test_who_may_not_change_programs_adds_no_key(people: World, account: ServiceAccount, role: str) -> None:
    Membership.objects.filter(user=people.bob).update(role=role)
    pasted = json.dumps(SigningKeyPair.generate().public_jwk())
    assert signed_in(people.bob).post(page(account), form(account, public_keys=pasted)).status_code == 403
    assert not ClientCredential.objects.filter(kind="public_key").exists()


def test_the_stranger_finds_no_such_program(people: World, account: ServiceAccount) -> None:
    pasted = json.dumps(SigningKeyPair.generate().public_jwk())
    assert signed_in(people.charlie).post(page(account), form(account, public_keys=pasted)).status_code in (403, 404)
    action = {"action": "rotate", "_selected_action": [account.pk]}
    signed_in(people.charlie).post(reverse("admin:accounts_serviceaccount_changelist"), action)
    assert account.credentials.count() == 1
