"""The admin pages of access: secrets once, changes on record, other tenants' rows not there."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.crypto.api_key_text import ApiKeyText
from accounts.models import ApiKey, ChangeEvent, ClientCredential, ServiceAccount, SigningKey, User
from accounts.models.api_key import default_expiry
from tests.accounts.conftest import Evidence
from tests.gateway_world import World

MODELS = ("organisation", "team", "user", "membership", "invitation", "apikey", "serviceaccount", "signingkey")


@pytest.fixture
def root(people: World) -> Client:
    """A superuser's browser."""
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="a long enough password"), backend=BACKEND)
    return client


BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def charlies(people: World) -> Client:
    """Charlie's browser: he runs another organisation, with every permission that Django knows."""
    people.charlie.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client = Client()
    client.force_login(people.charlie, backend=BACKEND)
    return client


def url(model: str, page: str, *args: Any) -> str:
    """Of an admin page."""
    return reverse(f"admin:accounts_{model}_{page}", args=args)


def key_form(people: World, **changed: Any) -> dict[str, Any]:
    """What a browser sends for a new API key."""
    expires = default_expiry()
    times = {"expires_at_0": f"{expires:%Y-%m-%d}", "expires_at_1": f"{expires:%H:%M:%S}"}
    return {"organisation": people.organisation.pk, "name": "app two", "scopes": ["models:invoke"], **times, **changed}


@pytest.mark.parametrize("model", MODELS)
def test_every_list_and_every_form_opens(root: Client, model: str) -> None:
    assert root.get(url(model, "changelist")).status_code == 200
    assert root.get(url(model, "add")).status_code == (403 if model == "user" else 200)  # people are invited


@pytest.mark.parametrize("model", MODELS)
def test_every_page_wants_a_signed_in_person(people: World, model: str) -> None:
    assert Client().get(url(model, "changelist")).status_code == 302


def test_every_detail_opens(root: Client, people: World) -> None:
    rows = {
        "organisation": people.organisation, "team": people.team, "user": people.bob,
        "apikey": ApiKey.objects.first(), "signingkey": SigningKey.objects.get(),
    }  # fmt: skip
    for model, row in rows.items():
        assert row is not None
        assert root.get(url(model, "change", row.pk)).status_code == 200, model


def test_a_new_api_key_is_shown_once(root: Client, people: World, evidence: Evidence) -> None:
    answer = root.post(url("apikey", "add"), key_form(people))
    assert answer.status_code == 200
    [plain] = re.findall(r"gth_live_\w{58}", answer.content.decode())
    assert ApiKeyText.parse(plain)
    assert "no-store" in answer["cache-control"]
    key = ApiKey.objects.get(name="app two")
    assert key.created_by is not None
    assert key.created_by.username == "root"
    assert plain.encode() not in root.get(url("apikey", "change", key.pk)).content
    assert plain.encode() not in root.get(url("apikey", "changelist")).content
    assert b"key.created" in evidence()
    assert plain.rpartition("_")[2].encode() not in evidence()


@pytest.mark.parametrize(
    "changed", [{"allowed_ips": "not an address"}, {"scopes": ["management"]}, {"scopes": []}, {"name": ""}]
)
def test_a_key_that_may_not_be_is_refused(root: Client, people: World, changed: dict[str, Any]) -> None:
    answer = root.post(url("apikey", "add"), key_form(people, **changed))
    assert answer.status_code == 200
    assert b"gth_live_" not in re.sub(rb"gth_live_\w{8}\b", b"", answer.content)
    assert not ApiKey.objects.filter(name="app two").exists()


def test_a_key_is_revoked_by_the_action(root: Client, people: World, evidence: Evidence) -> None:
    key = ApiKey.objects.get(name="app")
    root.post(url("apikey", "changelist"), {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.state == "revoked"
    assert b"key.revoked" in evidence()
    assert ChangeEvent.objects.filter(kind="apikey", value=key.public_id).exists()


def test_a_key_is_never_deleted(root: Client, people: World) -> None:
    key = ApiKey.objects.get(name="app")
    assert root.post(url("apikey", "delete", key.pk), {"post": "yes"}).status_code == 403


def test_a_new_service_account_shows_its_secret_once(root: Client, people: World, evidence: Evidence) -> None:
    form = {"organisation": people.organisation.pk, "name": "robot", "scopes": ["models:invoke"], "is_active": "on"}
    answer = root.post(url("serviceaccount", "add"), form)
    account = ServiceAccount.objects.get(name="robot")
    [secret] = re.findall(r"gths_[\w-]{43}", answer.content.decode())
    assert account.client_id in answer.content.decode()
    assert secret.encode() not in evidence()
    assert root.get(url("serviceaccount", "change", account.pk)).status_code == 200
    action = {"action": "add_secret", "_selected_action": [account.pk]}
    assert b"gths_" in root.post(url("serviceaccount", "changelist"), action).content
    assert ClientCredential.objects.filter(service_account=account).count() == 2


def test_a_signing_key_is_rotated_and_never_shown(root: Client, people: World, evidence: Evidence) -> None:
    first = SigningKey.objects.get()
    root.post(url("signingkey", "changelist"), {"action": "rotate", "_selected_action": [first.pk]})
    root.post(url("signingkey", "add"), {"algorithm": "RS256", "note": "for old verifiers"})
    states = list(SigningKey.objects.values_list("alg", "state").order_by("created_at"))
    assert states == [("ES256", "active"), ("ES256", "pending"), ("RS256", "pending")]
    second, third = SigningKey.objects.filter(state="pending").order_by("created_at")
    root.post(url("signingkey", "changelist"), {"action": "activate", "_selected_action": [second.pk]})
    assert second.state == "pending"
    SigningKey.objects.filter(pk=third.pk).update(created_at=timezone.now() - timedelta(minutes=11))
    root.post(url("signingkey", "changelist"), {"action": "activate", "_selected_action": [third.pk]})
    assert first.private_sealed.encode() not in root.get(url("signingkey", "change", first.pk)).content
    assert evidence().count(b"key.rotated") == 1


def test_a_compromised_key_is_replaced_from_the_list(root: Client, people: World) -> None:
    first = SigningKey.objects.get()
    root.post(url("signingkey", "changelist"), {"action": "compromise", "_selected_action": [first.pk]})
    states = list(SigningKey.objects.values_list("state", flat=True).order_by("created_at"))
    assert states == ["compromised", "active"]
    again = root.post(
        url("signingkey", "changelist"), {"action": "compromise", "_selected_action": [first.pk]}, follow=True
    )
    assert b"cannot become" in again.content


def test_a_changed_person_is_on_record_without_values(root: Client, people: World, evidence: Evidence) -> None:
    inline = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    form = {"username": "bob", "email": "canary@example.org", "is_active": "on", **inline}
    assert root.post(url("user", "change", people.bob.pk), form).status_code == 302
    assert b"admin.user.updated" in evidence()
    assert b"canary@example.org" not in evidence()


def test_nobody_sets_a_password_for_somebody_else(root: Client, people: World) -> None:
    with pytest.raises(NoReverseMatch):
        reverse("admin:auth_user_password_change", args=[people.bob.pk])
    assert b'type="password"' not in root.get(url("user", "change", people.bob.pk)).content


def test_a_person_is_signed_out_and_switched_off_by_the_actions(root: Client, people: World) -> None:
    browser = Client()
    browser.force_login(people.bob, backend=BACKEND)
    assert browser.get("/admin/password_change/").status_code == 200
    chosen = {"_selected_action": [people.bob.pk]}
    root.post(url("user", "changelist"), {"action": "end_their_sessions", **chosen})
    assert browser.get("/admin/password_change/").status_code == 302
    root.post(url("user", "changelist"), {"action": "switch_off", **chosen})
    assert not User.objects.get(pk=people.bob.pk).is_active
    root.post(url("user", "changelist"), {"action": "switch_on", **chosen})
    assert User.objects.get(pk=people.bob.pk).is_active


def test_everybody_is_signed_out_at_once_asvs_7_4_5(root: Client, people: World) -> None:
    browsers = [Client() for _ in range(3)]
    for browser, person in zip(browsers, (people.alice, people.bob, people.charlie), strict=True):
        browser.force_login(person, backend=BACKEND)
    all_of_them = {"select_across": "1", "_selected_action": [people.bob.pk]}
    root.post(url("user", "changelist"), {"action": "end_their_sessions", **all_of_them})
    for browser in (*browsers, root):
        assert browser.get("/admin/password_change/").status_code == 302


def test_a_renamed_organisation_is_on_record(root: Client, people: World, evidence: Evidence) -> None:
    inline = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    form = {"name": "Alpha Two", "slug": "alpha", "is_active": "on", **inline}
    assert root.post(url("organisation", "change", people.organisation.pk), form).status_code == 302
    assert b"admin.organisation.updated" in evidence()
    assert ChangeEvent.objects.filter(kind="tenant").exists()


def test_the_stranger_sees_his_own_rows_only(charlies: Client, people: World) -> None:
    for model in ("organisation", "team", "apikey", "user"):
        page = charlies.get(url(model, "changelist")).content.decode()
        for name in ("Alpha", "Builders", ">app<", "alice", "bob"):
            assert name not in page, (model, name)
    for model, row in {"organisation": people.organisation, "team": people.team, "user": people.bob}.items():
        assert charlies.get(url(model, "change", row.pk)).status_code == 404


def test_the_stranger_makes_no_key_for_another_tenant(charlies: Client, people: World) -> None:
    charlies.post(url("apikey", "add"), key_form(people))
    assert not ApiKey.objects.filter(name="app two").exists()


def test_the_stranger_revokes_no_key_of_another_tenant(charlies: Client, people: World) -> None:
    key = ApiKey.objects.get(name="app")
    charlies.post(url("apikey", "changelist"), {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.state == "active"


def test_nobody_but_a_superuser_touches_people_and_signing_keys(charlies: Client, people: World) -> None:
    assert charlies.get(url("user", "add")).status_code == 403
    assert charlies.get(url("signingkey", "changelist")).status_code == 403
    assert charlies.post(url("user", "change", people.charlie.pk), {"is_superuser": "on"}).status_code == 403
