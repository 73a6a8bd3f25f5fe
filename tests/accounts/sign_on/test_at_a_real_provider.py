"""Whole sign-ins at Node's oidc-provider: it works, and every trick with the way there and back is refused."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from accounts.actions import invite_person, sign_on
from accounts.actions.sign_on import Identity
from accounts.models import IdentityProvider, Membership, Role, User
from accounts.second_factor import enrolled
from tests.accounts.conftest import Evidence
from tests.accounts.second_factor.conftest import Phone
from tests.accounts.sign_on.conftest import Browser
from tests.gateway_world import PASSWORD, World

pytestmark = pytest.mark.processes
HOME = "/admin/password_change/"
MINE = "/admin/my/"


def linked(row: IdentityProvider, person: User, sub: str = "sub-bob") -> None:
    sign_on.link(Identity.of(row, {"sub": sub}), person)


def test_a_newcomer_joins_as_the_row_says_and_comes_back_as_the_same(
    row: IdentityProvider, people: World, evidence: Evidence
) -> None:
    IdentityProvider.objects.update(join_role=Role.DEVELOPER)
    answer = Browser("sub-eve").sign_in(HOME)
    assert answer.status_code == 302 and answer["Location"] == HOME
    eve = User.objects.get(username="eve")
    assert Membership.objects.get(user=eve).role == Role.DEVELOPER and eve.email == "eve@example.com"
    again = Browser("sub-eve")
    assert again.sign_in().status_code == 302 and again.ours.get(MINE).context["user"] == eve
    assert User.objects.filter(username__startswith="eve").count() == 1
    assert b"auth.login.succeeded" in evidence() and b"sub-eve" in evidence()


def test_a_stranger_is_turned_away_in_words_and_on_record(row: IdentityProvider, evidence: Evidence) -> None:
    browser = Browser("sub-eve")
    answer = browser.sign_in()
    assert answer.status_code == 403 and b"Ask for an invitation" in answer.content
    assert browser.ours.get(MINE).status_code == 302 and not SocialAccount.objects.exists()
    assert b"auth.login.failed" in evidence()


def test_the_request_carries_state_nonce_and_a_challenge_and_no_secret(row: IdentityProvider) -> None:
    asked = parse_qs(urlsplit(Client().get("/admin/sso/house/")["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"] and len(asked["code_challenge"][0]) == 43
    assert asked["redirect_uri"] == [row.redirect_uri] and asked["response_type"] == ["code"]
    assert len(asked["nonce"][0]) >= 22 and asked["state"] and "client_secret" not in asked
    assert set(asked["scope"][0].split()) == {"openid", "profile", "email"}


def test_another_browser_cannot_use_the_answer_and_nobody_can_use_it_twice(row: IdentityProvider) -> None:
    IdentityProvider.objects.update(join_role=Role.DEVELOPER)
    browser = Browser("sub-eve")
    back = browser.there(browser.ours.get("/admin/sso/house/")["Location"])
    thief = Client()
    assert thief.get(back).status_code == 403 and thief.get(MINE).status_code == 302
    assert browser.ours.get(back).status_code == 302
    again = Client()
    assert browser.ours.get(back).status_code == 403 and again.get(back).status_code == 403


@pytest.mark.parametrize(
    "changed", ["state=x", "iss=https%3A%2F%2Fother.example", "code=wrong", "error=access_denied", "code="]
)
def test_an_answer_that_was_changed_on_the_way_is_refused(row: IdentityProvider, changed: str) -> None:
    IdentityProvider.objects.update(join_role=Role.DEVELOPER)
    browser = Browser("sub-eve")
    back = browser.there(browser.ours.get("/admin/sso/house/")["Location"])
    path, _, query = back.partition("?")
    name = changed.partition("=")[0]
    kept = [pair for pair in query.split("&") if not pair.startswith(f"{name}=")]
    answer = browser.ours.get(f"{path}?{'&'.join([*kept, changed])}")
    assert answer.status_code == 403 and b"did not work" in answer.content
    assert browser.ours.get(MINE).status_code == 302
    assert not User.objects.filter(username="eve").exists()


def test_the_answer_of_one_provider_is_not_taken_for_anothers(row: IdentityProvider, people: World) -> None:
    other = IdentityProvider.objects.create(
        organisation=people.elsewhere, name="Other", slug="other", issuer=f"{row.issuer}/other", client_id="gatehouse",
        join_role=Role.DEVELOPER,
    )  # fmt: skip
    browser = Browser("sub-eve")
    back = browser.there(browser.ours.get("/admin/sso/house/")["Location"])
    assert browser.ours.get(back.replace("/house/", f"/{other.slug}/")).status_code == 403
    assert browser.ours.get(MINE).status_code == 302


def test_the_issuer_must_be_the_configured_one_byte_for_byte(row: IdentityProvider) -> None:
    row.issuer = f"{row.issuer}/"
    row.set_secret("x")
    row.save()
    answer = Client().get("/admin/sso/house/")
    assert answer.status_code == 403 and b"cannot be reached" in answer.content


def test_an_address_that_is_not_allowed_is_not_called(row: IdentityProvider, settings: Any) -> None:
    settings.GATEHOUSE_EGRESS_ALLOW = ()
    assert Client().get("/admin/sso/house/").status_code == 403


def test_our_second_factor_is_asked_for_unless_theirs_is_trusted(row: IdentityProvider, people: World) -> None:
    phone = Phone(generate_totp_secret())
    enrolled.add_app(people.bob, phone.secret)
    linked(row, people.bob)
    browser = Browser("sub-bob")
    answer = browser.sign_in(HOME)
    assert answer["Location"] == "/admin/login/code/"
    assert browser.ours.get(HOME).status_code == 302  # nothing opens before the second step
    assert browser.ours.post("/admin/login/code/", {"code": phone.code()})["Location"] == HOME
    IdentityProvider.objects.update(trusted_factors=["mfa"])
    trusted = Browser("sub-bob")
    assert trusted.sign_in(HOME)["Location"] == HOME and trusted.ours.get(HOME).status_code == 200


def test_where_a_factor_is_demanded_who_shows_none_enrols_first(
    row: IdentityProvider, people: World, settings: Any
) -> None:
    settings.GATEHOUSE_REQUIRE_MFA = True
    linked(row, people.bob)
    browser = Browser("sub-bob")
    browser.sign_in()
    assert browser.ours.get(MINE)["Location"] == "/admin/my/second-factor/"
    IdentityProvider.objects.update(trusted_factors=["mfa"])
    trusted = Browser("sub-bob")
    trusted.sign_in()
    assert trusted.ours.get(MINE).status_code == 200


def test_the_session_is_for_the_organisation_that_vouches_and_for_no_other(
    row: IdentityProvider, people: World
) -> None:
    Membership.objects.create(user=people.bob, organisation=people.elsewhere, role=Role.OWNER)
    linked(row, people.bob)
    browser = Browser("sub-bob")
    browser.sign_in()
    assert browser.ours.get("/admin/accounts/membership/").status_code == 403
    assert browser.ours.get("/api/v1/organisations").status_code == 403
    by_password = Client()
    by_password.post("/admin/login/", {"username": "bob", "password": PASSWORD})
    assert by_password.get("/admin/accounts/membership/").status_code == 200


def test_an_account_is_linked_by_its_owner_after_confirming(row: IdentityProvider, people: World) -> None:
    browser = Browser("sub-bob")
    browser.ours.post("/admin/login/", {"username": "bob", "password": PASSWORD})
    page = browser.ours.post("/admin/my/accounts/house/link/")
    assert page.status_code == 200 and b"Continue to 127.0.0.1" in page.content
    answer = browser.ours.get(browser.there(page.context["onward"]))
    assert answer["Location"] == MINE and browser.ours.get(MINE).status_code == 200
    assert SocialAccount.objects.get().user == people.bob
    with time_machine.travel(User.objects.get(pk=people.bob.pk).date_joined.timestamp() + 600, tick=True):
        stale = browser.ours.post(f"/admin/my/accounts/{SocialAccount.objects.get().pk}/unlink/")
        assert b"Confirm that it is you" in stale.content and SocialAccount.objects.exists()
    browser.ours.post(f"/admin/my/accounts/{SocialAccount.objects.get().pk}/unlink/")
    assert not SocialAccount.objects.exists()


def test_a_link_that_somebody_else_began_is_refused(row: IdentityProvider, people: World) -> None:
    browser = Browser("sub-bob")
    browser.ours.post("/admin/login/", {"username": "bob", "password": PASSWORD})
    back = browser.there(browser.ours.post("/admin/my/accounts/house/link/").context["onward"])
    browser.ours.force_login(people.alice, "django.contrib.auth.backends.ModelBackend")
    assert browser.ours.get(back).status_code == 403 and not SocialAccount.objects.exists()


def test_an_invitation_is_accepted_through_the_provider(row: IdentityProvider, people: World) -> None:
    made = invite_person.execute(people.organisation, "eve@example.org", Role.AUDITOR)
    path = urlsplit(made.url).path
    browser = Browser("sub-eve")
    assert b"Join with House" in browser.ours.get(path).content
    page = browser.ours.post(path, {"through": "house"})
    assert browser.ours.get(browser.there(page.context["onward"])).status_code == 302
    assert Membership.objects.get(user__username="eve").role == Role.AUDITOR
    assert browser.ours.get("/admin/accounts/apikey/").status_code == 200


def test_who_has_no_password_confirms_at_the_provider(row: IdentityProvider, people: World) -> None:
    IdentityProvider.objects.update(join_role=Role.DEVELOPER)
    browser = Browser("sub-eve")
    browser.sign_in()
    account = SocialAccount.objects.get()
    with time_machine.travel(account.date_joined.timestamp() + 600, tick=True):
        asked = browser.ours.post(
            "/admin/my/second-factor/app/", {"code": "1"}, HTTP_REFERER="http://testserver/admin/my/"
        )
        assert asked.status_code == 403 and b"Confirm with House" in asked.content
        start = browser.ours.get("/admin/my/confirm/house/?next=/admin/my/second-factor/app/")
        sent = parse_qs(urlsplit(start["Location"]).query)
        assert sent["prompt"] == ["login"] and sent["max_age"] == ["0"]


def test_trying_it_out_shows_what_came_back_and_changes_nothing(
    row: IdentityProvider, people: World, evidence: Evidence
) -> None:
    browser = Browser("sub-eve")
    browser.ours.post("/admin/login/", {"username": "alice", "password": PASSWORD})
    path = f"/admin/accounts/identityprovider/{row.pk}/try/"
    asked = browser.ours.post(path)
    assert asked.context["works"] and b"Go through a sign-in" in asked.content
    page = browser.ours.post(path, {"go": "1"})
    answer = browser.ours.get(browser.there(page.context["onward"]))
    assert answer.status_code == 200 and b"would be turned away" in answer.content and b"sub-eve" in answer.content
    assert not SocialAccount.objects.exists() and not User.objects.filter(username="eve").exists()
    assert browser.ours.get(MINE).context["user"] == people.alice
    assert b"admin.identity_provider.tested" in evidence()


def test_a_provider_that_is_switched_off_signs_nobody_in(row: IdentityProvider) -> None:
    IdentityProvider.objects.update(join_role=Role.DEVELOPER)
    browser = Browser("sub-eve")
    back = browser.there(browser.ours.get("/admin/sso/house/")["Location"])
    IdentityProvider.objects.update(enabled=False)
    assert browser.ours.get(back).status_code == 403
    assert Client().get("/admin/sso/house/").status_code == 404
    assert b"House" not in Client().get("/admin/login/").content


def test_the_secret_is_sealed_and_in_no_page_or_record(
    row: IdentityProvider, people: World, evidence: Evidence
) -> None:
    client = Client()
    client.post("/admin/login/", {"username": "alice", "password": PASSWORD})
    change = f"/admin/accounts/identityprovider/{row.pk}/change/"
    form = {"name": "House", "client_id": "gatehouse", "enabled": "on", "secret": "another secret 42", "join_role": ""}
    assert client.post(change, form).status_code == 302
    row.refresh_from_db()
    assert row.secret() == "another secret 42" and "another" not in row.secret_sealed
    assert b"another secret 42" not in client.get(change).content + evidence()
    assert client.post(change, {**form, "secret": "", "issuer": "https://evil.example"}).status_code == 302
    row.refresh_from_db()
    assert row.secret() == "another secret 42" and row.issuer != "https://evil.example"
