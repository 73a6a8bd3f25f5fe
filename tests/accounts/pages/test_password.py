"""Passwords: forgotten without anybody learning who has an account, changed with every other session ended."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts.actions import change_password, reset_password
from accounts.models import PasswordReset, RefreshFamily, User
from accounts.models.password_reset import MOST_BY_ADDRESS, MOST_BY_NAME
from accounts.second_factor import enrolled
from accounts.tasks import send_password_letters
from tests.accounts.conftest import Evidence
from tests.accounts.second_factor.conftest import Phone, phone
from tests.gateway_world import PASSWORD, World

__all__ = ["phone"]
FORGOTTEN, LOGIN = "/admin/password/", "/admin/login/"
NEW = "four words nothing in common"
LINK = re.compile(r"http://testserver(/admin/password/\S+)")


@pytest.fixture
def bob(people: World) -> User:
    User.objects.filter(pk=people.bob.pk).update(email="Bob@example.org")
    people.bob.refresh_from_db()
    return people.bob


def asked(name: str, **options: Any) -> Any:
    return Client(**options).post(FORGOTTEN, {"name": name})


def link_of(name: str = "bob") -> str:
    """The path in the letter that was sent last."""
    asked(name)
    send_password_letters()
    found = LINK.search(str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def test_the_link_in_the_letter_sets_a_password_once(bob: User, evidence: Evidence) -> None:
    client, path = Client(), link_of("bob@EXAMPLE.org")
    assert mail.outbox[-1].to == ["Bob@example.org"]
    page = client.get(path)
    assert page.status_code == 200 and page["Referrer-Policy"] == "same-origin" and "no-store" in page["Cache-Control"]
    assert client.post(path, {"password1": NEW, "password2": NEW})["Location"] == LOGIN
    assert client.get("/admin/my/").status_code == 302  # it signs nobody in
    assert client.get(path).status_code == 404
    assert Client().post(LOGIN, {"username": "bob", "password": PASSWORD}).status_code == 200
    assert Client().post(LOGIN, {"username": "bob", "password": NEW}).status_code == 302
    said = evidence()
    assert b"auth.password.reset_asked" in said and b"auth.password.reset_sent" in said
    assert b'"how":"reset"' in said and NEW.encode() not in said and path.encode() not in said


def test_the_second_factor_is_asked_for_afterwards(bob: User, phone: Phone) -> None:
    path = link_of()
    Client().post(path, {"password1": NEW, "password2": NEW})
    client = Client()
    assert client.post(LOGIN, {"username": "bob", "password": NEW})["Location"] == "/admin/login/code/"
    assert enrolled.has_factor(bob)


def test_known_and_unknown_names_are_answered_alike(bob: User) -> None:
    def bare(answer: Any) -> tuple[int, str]:
        return answer.status_code, re.sub(r"csrf\S+|nonce\S+", "", answer.content.decode())

    answers = [bare(asked(name)) for name in ("bob", "bob@example.org", "nobody", "nobody@example.org", "<script>")]
    assert len(set(answers)) == 1
    assert not mail.outbox  # nothing is sent, nobody is looked for, while the browser waits
    assert send_password_letters() is None and len(mail.outbox) == 2


def test_the_answer_costs_the_same_statements_for_all(bob: User, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for name in ("bob", "nobody"):
        with CaptureQueriesContext(connection) as queries:
            asked(name)
        counts.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries])
    assert counts[0] == counts[1]


@pytest.mark.parametrize("who", ["switched off", "without a password", "without a mail address", "unknown"])
def test_who_cannot_use_a_link_gets_no_letter(bob: User, who: str) -> None:
    if who == "switched off":
        User.objects.filter(pk=bob.pk).update(is_active=False)
    elif who == "without a password":
        bob.set_unusable_password()
        bob.save()
    elif who == "without a mail address":
        User.objects.filter(pk=bob.pk).update(email="")
    asked("bob" if who != "unknown" else "eve")
    send_password_letters()
    assert not mail.outbox


def test_a_link_dies_with_time_and_with_whatever_ends_sessions(bob: User) -> None:
    path = link_of()
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=True):
        assert Client().get(path).status_code == 404
    assert Client().get(path).status_code == 200
    change_password.execute(bob, NEW, "changed")
    assert Client().get(path).status_code == 404


@pytest.mark.parametrize("path", ["{}/x/", "00000000-0000-0000-0000-000000000001/{}/"])
def test_a_made_up_link_is_refused(bob: User, path: str) -> None:
    made_up = path.format(bob.pk if path.endswith("x/") else "cabcde-" + "0" * 32)
    assert Client().get(f"/admin/password/{made_up}").status_code == 404


def test_nobodys_mailbox_is_flooded(bob: User) -> None:
    for _ in range(MOST_BY_NAME + 3):
        asked("bob", REMOTE_ADDR="192.0.2.1")
    send_password_letters()
    assert len(mail.outbox) == MOST_BY_NAME
    for number in range(MOST_BY_ADDRESS):
        assert asked(f"guess {number}", REMOTE_ADDR="192.0.2.1").status_code == 200
    assert PasswordReset.objects.filter(address="192.0.2.1").count() == MOST_BY_ADDRESS


def test_a_letter_that_cannot_be_sent_breaks_nothing(bob: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    asked("bob")
    assert reset_password.send_letters() == 0
    assert not PasswordReset.objects.waiting().exists()


def test_changing_ones_password_ends_everything_else_and_is_on_record(bob: User, evidence: Evidence) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        client.post(LOGIN, {"username": "bob", "password": PASSWORD})
    body = {"username": "bob", "password": PASSWORD}
    refresh = Client().post("/api/token/", body, content_type="application/json").json()["refresh"]
    for path in ("/admin/my/password/", "/admin/password_change/"):
        wrong = here.post(path, {"old": "not it", "password1": NEW, "password2": NEW})
        assert wrong.status_code == 200 and "old" in wrong.context["form"].errors
    assert here.post("/admin/my/password/", {"old": PASSWORD, "password1": NEW, "password2": NEW}).status_code == 302
    assert here.get("/admin/my/").status_code == 200 and there.get("/admin/my/").status_code == 302
    renewed = Client().post("/api/token/refresh/", {"refresh": refresh}, content_type="application/json")
    assert renewed.status_code == 401 and RefreshFamily.objects.living().count() == 0
    assert b'"how":"changed"' in evidence() and NEW.encode() not in evidence()


def test_sessions_end_with_a_password_that_was_set_in_any_other_way(bob: User) -> None:
    body = {"username": "bob", "password": PASSWORD}
    refresh = Client().post("/api/token/", body, content_type="application/json").json()["refresh"]
    bob.set_password(NEW)  # as `manage.py changepassword` does
    bob.save()
    renewed = Client().post("/api/token/refresh/", {"refresh": refresh}, content_type="application/json")
    assert renewed.status_code == 401


@pytest.mark.parametrize(
    "password",
    ["short", "fourteen chars", "passwordpassword", "password12345678", "gatehousegatehouse", "aaaaaaaaaaaaaaaaaaaa",
     "abcabcabcabcabcabc", "qwertyuiop1234567", "bobbobbobbobbobbob"],
)  # fmt: skip
def test_what_others_guess_first_is_refused(bob: User, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, bob)


@pytest.mark.parametrize(
    "password", [NEW, "ein langer Satz", "日本語の合言葉は十五文字より長いです", "x" * 3 + "9!kq-LmP vTz"]
)
def test_length_is_all_that_else_counts(bob: User, password: str) -> None:
    validate_password(password, bob)


def test_beside_a_second_factor_eight_characters_are_enough(bob: User, phone: Phone) -> None:
    validate_password("k7#pq Lz", bob)
    with pytest.raises(ValidationError):
        validate_password("k7#pq L", bob)
    change_password.execute(bob, "k7#pq Lz", "changed")
    assert bob.password_is_short and not enrolled.may_remove(bob, enrolled.factors(bob).get())
    change_password.execute(bob, NEW, "changed")
    assert enrolled.may_remove(bob, enrolled.factors(bob).get())


def test_where_passwords_are_off_none_of_these_pages_is_there(bob: User, settings: Any) -> None:
    client = Client()
    client.post(LOGIN, {"username": "bob", "password": PASSWORD})
    path = link_of()
    settings.GATEHOUSE_PASSWORD_LOGIN = False
    assert Client().get(FORGOTTEN).status_code == Client().get(path).status_code == 404
    assert client.get("/admin/my/password/").status_code == 404
    page = Client().get(LOGIN)
    assert b"password" not in page.content.lower() or b"takes no passwords" in page.content
    assert Client().post(LOGIN, {"username": "bob", "password": PASSWORD}).status_code == 403
