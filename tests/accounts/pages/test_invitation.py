"""The page where an invitation leads."""

import pytest
from django.test import Client

from accounts.actions import invite_person
from accounts.models import Membership, Role, User
from tests.accounts.conftest import Evidence
from tests.gateway_world import World

BACKEND = "django.contrib.auth.backends.ModelBackend"
PASSWORD = "nine ordinary words in a row"
FORM = {"username": "eve", "first_name": "Eve", "last_name": "", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def link(people: World) -> str:
    """An open invitation's path."""
    made = invite_person.execute(people.organisation, "eve@example.org", Role.AUDITOR)
    return made.url.removeprefix("http://testserver")


def test_a_new_person_chooses_a_name_and_a_password_and_belongs(people: World, link: str, evidence: Evidence) -> None:
    client = Client()
    page = client.get(link)
    assert "Alpha invites you as auditor" in page.content.decode()
    assert page["cache-control"] == "no-store" and page["referrer-policy"] == "same-origin"
    assert client.post(link, FORM).headers["location"] == "/admin/login/"
    eve = User.objects.get(username="eve")
    assert (eve.email, eve.is_superuser, eve.check_password(PASSWORD)) == ("eve@example.org", False, True)
    assert Membership.objects.get(user=eve).role == Role.AUDITOR
    assert b"admin.user.created" in evidence() and PASSWORD.encode() not in evidence()


def test_the_link_works_once(people: World, link: str) -> None:
    Client().post(link, FORM)
    again = Client().post(link, {**FORM, "username": "mallory"})
    assert again.status_code == 404 and "not valid any more" in again.content.decode()
    assert not User.objects.filter(username="mallory").exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"password1": "short", "password2": "short"},
        {"password2": "another one, quite long"},
        {"password1": "passwordpassword", "password2": "passwordpassword", "username": "passwordpassword"},
        {"username": "bob"},
        {"username": ""},
        {"username": "no/slash\x00"},
    ],
)
def test_what_may_not_be_is_said_on_the_page(people: World, link: str, changed: dict[str, str]) -> None:
    people_before = User.objects.count()
    assert Client().post(link, {**FORM, **changed}).status_code == 200
    assert User.objects.count() == people_before


def test_nobody_takes_more_than_he_is_offered(people: World, link: str) -> None:
    Client().post(link, {**FORM, "is_superuser": "on", "is_staff": "on", "role": "owner", "email": "x@example.org"})
    eve = User.objects.get(username="eve")
    assert (eve.is_superuser, eve.email) == (False, "eve@example.org")
    assert eve.roles() == {str(people.organisation.pk): {Role.AUDITOR}}


def test_who_is_signed_in_joins_by_a_button(people: World, link: str) -> None:
    client = Client()
    client.force_login(people.charlie, BACKEND)
    assert "signed in as charlie" in client.get(link).content.decode()
    assert client.post(link).status_code == 302
    assert Membership.objects.filter(user=people.charlie, organisation=people.organisation).exists()


def test_roles_that_do_not_go_together_are_refused_in_words(people: World, link: str) -> None:
    client = Client()
    client.force_login(people.alice, BACKEND)
    answer = client.post(link)
    assert answer.status_code == 200 and "in one organisation" in answer.content.decode()


@pytest.mark.parametrize("path", ["/admin/invitation/00000000-0000-0000-0000-000000000001/x/"])
def test_a_link_that_never_was_is_answered_as_one_that_is_used_up(people: World, path: str) -> None:
    assert Client().get(path).status_code == 404


def test_a_form_from_another_site_is_refused(people: World, link: str) -> None:
    assert Client(enforce_csrf_checks=True).post(link, FORM).status_code == 403
