"""Setting up, replacing and removing factors."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from accounts.browser_session import CONFIRMED_AT
from accounts.models import BrowserSession, User
from accounts.second_factor import enrolled
from tests.accounts.conftest import Evidence
from tests.accounts.second_factor.conftest import Phone
from tests.gateway_world import PASSWORD, World

LOGIN, CODE, FACTOR, HOME = "/admin/login/", "/admin/login/code/", "/admin/my/second-factor/", "/admin/password_change/"
APP = f"{FACTOR}app/"


def bobs(phone: Phone | None = None) -> Client:
    """Bob's browser, signed in."""
    client = Client()
    client.post(LOGIN, {"username": "bob", "password": PASSWORD})
    if phone is not None:
        client.post(CODE, {"code": phone.code()})
    return client


def shown_secret(client: Client) -> str:
    """The secret on the page of a new app."""
    page = client.get(APP).content.decode()
    assert "data:image/svg+xml," in page
    found = re.search(r'aria-label="Secret">([A-Z2-7 ]+)<', page)
    assert found is not None
    return found.group(1).replace(" ", "")


def stale(client: Client) -> None:
    """As if the person had signed in an hour ago."""
    session = client.session
    session[CONFIRMED_AT] -= 3600
    session.save()


def test_an_app_is_enrolled_with_its_first_code(people: World, evidence: Evidence) -> None:
    client, other = bobs(), bobs()
    phone = Phone(shown_secret(client))
    assert "not the code of this moment" in client.post(APP, {"code": phone.wrong()}).content.decode()
    assert not enrolled.has_factor(people.bob)
    page = client.post(APP, {"code": phone.code()})
    assert len(re.findall(r"\b\d{10}\b", page.content.decode())) == 10
    assert "no-store" in page["cache-control"]
    assert client.get(HOME).status_code == 200
    assert other.get(HOME).status_code == 302
    assert b"auth.factor.added" in evidence() and phone.secret.encode() not in evidence()


def test_no_secret_is_kept_in_clear(people: World, phone: Phone, recovery: list[str]) -> None:
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert phone.secret not in kept and not any(code in kept for code in recovery)


def test_enrolment_leads_out_of_the_closed_installation(people: World, settings: Settings) -> None:
    settings.GATEHOUSE_REQUIRE_MFA = True
    client = bobs()
    client.post(APP, {"code": Phone(shown_secret(client)).code()})
    assert client.get(HOME).status_code == 200


def test_a_factor_is_removed_by_who_has_just_shown_it(people: World, phone: Phone, evidence: Evidence) -> None:
    client = bobs(phone)
    row = Authenticator.objects.get(user=people.bob, type="totp")
    assert client.post(f"{FACTOR}{row.pk}/remove/").status_code == 302
    assert not Authenticator.objects.filter(user=people.bob).exists()
    assert client.get(HOME).status_code == 200
    assert b"auth.factor.removed" in evidence()


def test_a_stale_session_removes_nothing_and_adds_nothing(people: World, phone: Phone) -> None:
    client = bobs(phone)
    stale(client)
    row = Authenticator.objects.get(user=people.bob, type="totp")
    assert "Confirm that it is you" in client.post(f"{FACTOR}{row.pk}/remove/").content.decode()
    assert "Confirm that it is you" in client.get(APP).content.decode()
    assert "Confirm that it is you" in client.post(f"{FACTOR}codes/").content.decode()
    assert enrolled.has_factor(people.bob)


def test_the_last_factor_stays_where_one_is_demanded(people: World, phone: Phone, settings: Settings) -> None:
    settings.GATEHOUSE_REQUIRE_MFA = True
    client = bobs(phone)
    row = Authenticator.objects.get(user=people.bob, type="totp")
    client.post(f"{FACTOR}{row.pk}/remove/")
    assert enrolled.has_factor(people.bob)


def test_nobody_removes_anothers_factor(people: World, phone: Phone) -> None:
    client = Client()
    client.post(LOGIN, {"username": "alice", "password": PASSWORD})
    row = Authenticator.objects.get(user=people.bob, type="totp")
    assert client.post(f"{FACTOR}{row.pk}/remove/").status_code == 404


def test_new_codes_replace_the_old_ones(people: World, phone: Phone, recovery: list[str]) -> None:
    page = bobs(phone).post(f"{FACTOR}codes/").content.decode()
    assert not set(recovery) & set(re.findall(r"\b\d{10}\b", page))


def test_codes_without_a_factor_are_for_nothing(people: World) -> None:
    assert bobs().post(f"{FACTOR}codes/").status_code == 404


def test_a_security_key_needs_an_address_that_browsers_accept(people: World, settings: Settings) -> None:
    assert bobs().get(f"{FACTOR}key/").status_code == 404
    settings.GATEHOUSE_PUBLIC_URL = "https://gateway.example"
    page = bobs().get(f"{FACTOR}key/").content.decode()
    assert '"rp": {"name": "Gatehouse", "id": "gateway.example"}' in page


@pytest.mark.parametrize("credential", ["{}", "null", "[]", '{"id": 1}', '{"id":"AA","response":{}}', "no json"])
def test_a_made_up_registration_is_refused(people: World, settings: Settings, credential: str) -> None:
    settings.GATEHOUSE_PUBLIC_URL = "https://gateway.example"
    client = bobs()
    client.get(f"{FACTOR}key/")
    assert client.post(f"{FACTOR}key/", {"name": "x", "credential": credential}).status_code == 200
    assert not enrolled.has_factor(people.bob)


def test_the_form_survives_the_confirmation(people: World, phone: Phone) -> None:
    User.objects.filter(pk=people.bob.pk).update(is_superuser=True)
    client = bobs(phone)
    stale(client)
    form = {"email": "eve@example.org", "organisation": people.organisation.pk, "role": "developer"}
    asked = client.post("/admin/accounts/invitation/add/", form).content.decode()
    assert 'name="email" value="eve@example.org"' in asked and "csrfmiddlewaretoken" in asked
    refused = client.post("/admin/accounts/invitation/add/", {**form, "step_up-code": phone.wrong()})
    assert "That did not work" in refused.content.decode()
    assert not people.organisation.invitations.exists()
    client.post("/admin/accounts/invitation/add/", {**form, "step_up-code": phone.code(1)})
    assert people.organisation.invitations.get().email == "eve@example.org"


def test_who_has_no_factor_confirms_with_the_password(people: World, evidence: Evidence) -> None:
    User.objects.filter(pk=people.alice.pk).update(is_superuser=True)
    client = Client()
    client.post(LOGIN, {"username": "alice", "password": PASSWORD})
    stale(client)
    form = {"email": "<b>@example.org", "organisation": people.organisation.pk, "role": "developer"}
    assert "&lt;b&gt;@example.org" in client.post("/admin/accounts/invitation/add/", form).content.decode()
    form["email"] = "eve@example.org"
    wrong = client.post("/admin/accounts/invitation/add/", {**form, "step_up-password": "wrong and long enough"})
    assert "not your password" in wrong.content.decode()
    client.post("/admin/accounts/invitation/add/", {**form, "step_up-password": PASSWORD})
    assert people.organisation.invitations.exists()
    assert b"auth.confirmed" in evidence() and PASSWORD.encode() not in evidence()


def test_no_session_holds_a_password(people: World, phone: Phone) -> None:
    bobs(phone)
    assert PASSWORD not in str([row.get_decoded() for row in BrowserSession.objects.all()])
