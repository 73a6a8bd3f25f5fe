"""Signing in with a second factor: on the pages, at `/api/token/`, and around neither."""

import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django import Settings

from accounts.models import BrowserSession, Membership, Role, User
from accounts.second_factor import enrolled, proving
from tests.accounts.conftest import Evidence
from tests.accounts.second_factor.conftest import Phone
from tests.gateway_world import PASSWORD, World

BACKEND = "django.contrib.auth.backends.ModelBackend"
LOGIN, CODE, FACTOR, HOME = "/admin/login/", "/admin/login/code/", "/admin/my/second-factor/", "/admin/password_change/"


def first_step(name: str = "bob", password: str = PASSWORD, target: str = HOME) -> tuple[Client, Any]:
    """A browser that sent a name and a password."""
    client = Client()
    return client, client.post(f"{LOGIN}?next={target}", {"username": name, "password": password})


def token(**more: object) -> Any:
    """Bob's call of `/api/token/`."""
    body = {"username": "bob", "password": PASSWORD, **more}
    return Client().post("/api/token/", body, content_type="application/json")


def test_who_has_no_factor_is_in_with_a_password(people: World, evidence: Evidence) -> None:
    client, answer = first_step()
    assert answer.headers["location"] == HOME
    assert client.get(HOME).status_code == 200
    assert b"auth.login.succeeded" in evidence()


def test_the_session_id_changes_at_each_step(people: World, phone: Phone) -> None:
    client = Client()
    client.get(LOGIN)
    client.post(LOGIN, {"username": "bob", "password": PASSWORD})
    first = client.cookies["gatehouse_session"].value
    client.post(CODE, {"code": phone.code()})
    assert client.cookies["gatehouse_session"].value != first
    assert BrowserSession.objects.count() == 1


def test_the_password_alone_opens_nothing(people: World, phone: Phone) -> None:
    client, answer = first_step()
    assert answer.headers["location"] == CODE
    for path in (HOME, FACTOR, "/admin/"):
        assert client.get(path).headers["location"].startswith(LOGIN)
    assert client.get("/api/schema/").status_code == 401


def test_the_code_of_the_moment_lets_in_once(people: World, phone: Phone) -> None:
    client, _ = first_step()
    code = phone.code()
    assert client.post(CODE, {"code": f"{code[:3]} {code[3:]}"}).headers["location"] == HOME
    assert client.get(HOME).status_code == 200
    again, _ = first_step()
    assert again.post(CODE, {"code": code}).status_code == 200
    assert again.get(HOME).status_code == 302


def test_a_recovery_code_lets_in_once(people: World, recovery: list[str]) -> None:
    for expected in (302, 200):
        client, _ = first_step()
        assert client.post(CODE, {"code": recovery[0]}).status_code == expected
    assert enrolled.codes_left(people.bob) == 9


@pytest.mark.parametrize(
    "sent",
    [
        {}, {"code": ""}, {"code": "١٢٣٤٥٦"}, {"code": "9" * 40}, {"code": "\x00"}, {"credential": "null"},
        {"credential": "{}"}, {"credential": "[1]"}, {"credential": "not json"}, {"credential": '{"id": 1}'},
        {"credential": '{"id":"AA","rawId":"AA","type":"public-key","response":{}}'},
    ],
)  # fmt: skip
def test_nonsense_is_refused_in_words(people: World, phone: Phone, sent: dict[str, str]) -> None:
    client, _ = first_step()
    assert client.post(CODE, sent).status_code == 200
    assert client.get(HOME).status_code == 302


def test_the_second_step_does_not_wait_for_ever(people: World, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _ = first_step()
    now = time.time()
    monkeypatch.setattr("accounts.pages.signing_in.time.time", lambda: now + 301)
    assert client.post(CODE, {"code": phone.code()}).headers["location"] == LOGIN


def test_the_second_step_without_the_first_leads_back(people: World, phone: Phone) -> None:
    assert Client().post(CODE, {"code": phone.code()}).headers["location"] == LOGIN


def test_a_new_password_between_the_steps_ends_them(people: World, phone: Phone) -> None:
    client, _ = first_step()
    bob = User.objects.get(pk=people.bob.pk)
    bob.set_password("quite another password")
    bob.save()
    assert client.post(CODE, {"code": phone.code()}).headers["location"] == LOGIN


def test_guessing_is_stopped_for_the_address_and_the_name(people: World, phone: Phone, evidence: Evidence) -> None:
    client, _ = first_step()
    answers = [client.post(CODE, {"code": phone.wrong()}).status_code for _ in range(11)]
    assert answers[0] == 200 and 429 in answers
    assert client.post(CODE, {"code": phone.code()}).status_code in (200, 429)
    assert client.get(HOME).status_code == 302
    assert b"auth.factor.failed" in evidence()


def test_guessing_from_many_addresses_is_stopped_as_well(people: World, phone: Phone) -> None:
    for number in range(proving.MOST_FAILURES):
        client, _ = first_step()
        client.post(CODE, {"code": phone.wrong()}, REMOTE_ADDR=f"198.51.100.{number}")
    client, _ = first_step()
    assert client.post(CODE, {"code": phone.code()}, REMOTE_ADDR="192.0.2.77").status_code == 200
    rest = {"failed_at": int(time.time()) - proving.REST_SECONDS - 1}
    for row in Authenticator.objects.filter(user=people.bob):
        row.data.update(rest)
        row.save()
    client, _ = first_step()
    assert client.post(CODE, {"code": phone.code()}, REMOTE_ADDR="192.0.2.77").status_code == 302


def test_no_foreign_address_is_the_target(people: World, phone: Phone) -> None:
    client, _ = first_step(target="https://evil.example/")
    assert client.post(CODE, {"code": phone.code()}).headers["location"] == "/admin/"


def test_a_session_of_any_other_origin_is_ended(people: World, phone: Phone) -> None:
    client = Client()
    client.force_login(people.bob, BACKEND)
    assert client.get(HOME).headers["location"].startswith(LOGIN)
    client.force_login(User.objects.get(pk=people.bob.pk), BACKEND)
    problem = client.get("/api/schema/")
    assert (problem.status_code, problem.json()["code"]) == (401, "second_factor_required")


def test_where_everybody_needs_a_factor_only_enrolment_is_open(people: World, settings: Settings) -> None:
    settings.GATEHOUSE_REQUIRE_MFA = True
    client, _ = first_step()
    for path in (HOME, "/admin/", "/admin/accounts/team/"):
        assert client.get(path).headers["location"] == FACTOR
    assert "asks everybody for one" in client.get(FACTOR).content.decode()
    problem = client.get("/api/schema/")
    assert (problem.status_code, problem.json()["code"]) == (403, "second_factor_required")
    assert client.post("/admin/logout/").status_code in (200, 302)


def test_the_token_endpoint_asks_for_the_code(people: World, phone: Phone) -> None:
    refused = token()
    assert (refused.status_code, refused.json()["code"]) == (401, "otp_required")
    assert token(otp=phone.wrong()).json()["code"] == "login_refused"
    code = phone.code()
    assert token(otp=code).status_code == 200
    assert token(otp=code).status_code == 401


def test_the_token_endpoint_takes_a_recovery_code(people: World, recovery: list[str]) -> None:
    assert token(otp=recovery[3]).status_code == 200


def test_a_wrong_password_is_not_told_of_a_factor(people: World, phone: Phone) -> None:
    assert token(password="a wrong but long password").json()["code"] == "login_refused"


def test_the_token_endpoint_demands_enrolment_where_the_installation_does(people: World, settings: Settings) -> None:
    settings.GATEHOUSE_REQUIRE_MFA = True
    refused = token()
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_enrolment_required")


def test_whoever_belongs_nowhere_signs_in_and_sees_nothing(people: World) -> None:
    Membership.objects.filter(user=people.bob).delete()
    client, _ = first_step()
    assert client.get("/admin/").status_code == 302
    assert Role.DEVELOPER not in client.get(LOGIN).content.decode()
