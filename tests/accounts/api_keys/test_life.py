"""The life of an API key: made within its maker's rights, rotated with an overlap, reported, used, ended."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.actions import create_api_key, revoke_api_key, rotate_api_key, take_over_api_key
from accounts.apps import AccountsConfig
from accounts.identity import IdentitySnapshot
from accounts.identity.verified import principal_of_key
from accounts.models import ApiKey, Membership, User
from accounts.tokens.errors import TokenRefused
from tests.accounts.conftest import Evidence
from tests.gateway_world import World

PATH = "/api/leaked-keys/"


def works(plain: str, identity: IdentitySnapshot) -> bool:
    """Whether a request with the key gets through, after a restart."""
    identity.load()
    try:
        principal_of_key(plain, identity)
    except TokenRefused:
        return False
    return True


@pytest.fixture
def key(people: World) -> ApiKey:
    """The application's."""
    return ApiKey.objects.get(name="app")


def test_a_key_expires_in_ninety_days_unless_said_otherwise(key: ApiKey) -> None:
    assert timedelta(days=89) < key.expires_at - timezone.now() <= timedelta(days=90)
    key.expires_at = None  # type: ignore[assignment]  # what a bad client would send
    with pytest.raises(ValidationError):
        key.full_clean()


def test_both_secrets_work_for_a_day_after_a_rotation(people: World, key: ApiKey, identity: IdentitySnapshot) -> None:
    made = rotate_api_key.execute(key)
    assert made.plain[:17] == people.key[:17]
    assert works(made.plain, identity)
    assert works(people.key, identity)
    ApiKey.objects.update(previous_until=timezone.now() - timedelta(seconds=1))
    assert works(made.plain, identity)
    assert not works(people.key, identity)


def test_never_more_than_two_secrets_work(people: World, key: ApiKey, identity: IdentitySnapshot) -> None:
    second = rotate_api_key.execute(key).plain
    third = rotate_api_key.execute(key).plain
    assert [works(plain, identity) for plain in (people.key, second, third)] == [False, True, True]


def test_without_an_overlap_the_old_secret_ends_at_once(people: World, key: ApiKey, identity: IdentitySnapshot) -> None:
    made = rotate_api_key.execute(key, timedelta())
    assert works(made.plain, identity)
    assert not works(people.key, identity)


@pytest.mark.parametrize("overlap", [timedelta(days=1, seconds=1), timedelta(seconds=-1)])
def test_an_overlap_longer_than_a_day_is_refused(key: ApiKey, overlap: timedelta) -> None:
    with pytest.raises(ValidationError):
        rotate_api_key.execute(key, overlap)


def test_a_revoked_key_gets_no_new_secret(key: ApiKey) -> None:
    revoke_api_key.execute(key)
    with pytest.raises(ValidationError):
        rotate_api_key.execute(key)


def test_a_rotation_is_on_record_without_the_secret(key: ApiKey, evidence: Evidence) -> None:
    plain = rotate_api_key.execute(key).plain
    assert b"key.rotated" in evidence()
    assert plain[18:60].encode() not in evidence()


def test_who_has_no_rights_makes_no_key(people: World) -> None:
    with pytest.raises(ValidationError):
        create_api_key.execute(people.organisation, "foreign", created_by=people.charlie)
    people.alice.is_active = False
    with pytest.raises(ValidationError):
        create_api_key.execute(people.organisation, "gone", created_by=people.alice)


@pytest.mark.parametrize("loss", ["membership", "disabled", "deleted row"])
def test_a_key_loses_what_its_maker_loses(people: World, identity: IdentitySnapshot, loss: str) -> None:
    plain = create_api_key.execute(people.organisation, "alices", created_by=people.alice).plain
    assert works(plain, identity)
    if loss == "membership":
        Membership.objects.filter(user=people.alice).delete()
    elif loss == "disabled":
        User.objects.filter(pk=people.alice.pk).update(is_active=False)
    else:
        identity.load()
        identity.holders.pop(people.alice.subject)
        with pytest.raises(TokenRefused):
            principal_of_key(plain, identity)
        return
    assert not works(plain, identity)


def test_a_key_that_was_taken_over_outlives_its_maker(people: World, identity: IdentitySnapshot) -> None:
    made = create_api_key.execute(people.organisation, "alices", created_by=people.alice)
    assert take_over_api_key.execute(made.key, people.bob)
    Membership.objects.filter(user=people.alice).delete()
    assert works(made.plain, identity)
    with pytest.raises(ValidationError):
        take_over_api_key.execute(made.key, people.charlie)


def test_a_key_ends_with_the_deletion_of_its_maker(people: World, identity: IdentitySnapshot) -> None:
    plain = create_api_key.execute(people.organisation, "alices", created_by=people.alice).plain
    people.alice.delete()
    assert not works(plain, identity)
    assert works(people.key, identity)


def test_a_superusers_key_needs_no_membership(people: World, identity: IdentitySnapshot) -> None:
    root = User.objects.create_superuser("root", password="a long enough password")
    plain = create_api_key.execute(people.organisation, "roots", created_by=root).plain
    assert works(plain, identity)
    User.objects.filter(pk=root.pk).update(is_superuser=False)
    assert not works(plain, identity)


def test_use_is_written_down_later_and_asks_nothing_now(
    people: World, key: ApiKey, identity: IdentitySnapshot, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        for _ in range(5):
            principal_of_key(people.key, identity)
    with django_assert_num_queries(1):
        assert AccountsConfig.current().last_used.write() == 1
    with django_assert_num_queries(0):
        assert AccountsConfig.current().last_used.write() == 0
    key.refresh_from_db()
    assert key.last_used_at is not None


def test_use_that_could_not_be_written_is_written_the_next_time(
    people: World, identity: IdentitySnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    principal_of_key(people.key, identity)

    def away(**_: object) -> object:
        raise DatabaseError

    with monkeypatch.context() as patched:
        patched.setattr(ApiKey.objects, "filter", away)
        assert AccountsConfig.current().last_used.write() == 0
    assert AccountsConfig.current().last_used.write() == 1


@pytest.fixture
def finder() -> Client:
    """Somebody, who has not reported anything yet."""
    cache.clear()
    return Client()


@pytest.mark.urls("accounts.urls")
def test_a_reported_key_ends(people: World, identity: IdentitySnapshot, finder: Client, evidence: Evidence) -> None:
    told = finder.post(PATH, {"key": f" {people.key}\n"}, content_type="application/json")
    assert told.status_code == 202
    assert not works(people.key, identity)
    assert works(people.strangers_key, identity)
    assert b"key.leaked.reported" in evidence()
    assert people.key.encode() not in evidence()


@pytest.mark.urls("accounts.urls")
def test_the_secret_before_a_rotation_counts_while_it_works(people: World, key: ApiKey, finder: Client) -> None:
    rotate_api_key.execute(key)
    finder.post(PATH, {"key": people.key}, content_type="application/json")
    key.refresh_from_db()
    assert key.state == "revoked"


@pytest.mark.urls("accounts.urls")
def test_every_report_is_answered_alike(people: World, key: ApiKey, finder: Client) -> None:
    wrong = create_api_key.execute(people.organisation, "wrong").plain
    ApiKey.objects.filter(name="wrong").delete()
    other = people.key[:18] + wrong[18:]
    answers = [
        finder.post(PATH, {"key": text}, content_type="application/json")
        for text in (people.key, people.key, wrong, other, people.key[:-1], "gth_live_", "x", "é", "\ud83d\ude00")
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {(202, answers[0].content)}
    assert ApiKey.objects.filter(revoked_at__isnull=False).count() == 1


@pytest.mark.urls("accounts.urls")
@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"key": ""}', '{"key": ["x"]}', "{}"])
def test_a_malformed_report_is_400(db: None, finder: Client, body: str) -> None:
    answer = finder.post(PATH, body, content_type="application/json")
    assert answer.status_code == 400
    assert "json" in answer["content-type"]


@pytest.mark.urls("accounts.urls")
def test_reports_are_limited_by_the_peers_address(db: None, finder: Client) -> None:
    for number in range(30):
        headers = {"x-forwarded-for": f"10.0.0.{number}"}
        assert finder.post(PATH, {"key": "x"}, content_type="application/json", headers=headers).status_code == 202
    assert finder.post(PATH, {"key": "x"}, content_type="application/json").status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    assert elsewhere.post(PATH, {"key": "x"}, content_type="application/json").status_code == 202
    cache.clear()


def test_a_key_is_rotated_and_taken_over_in_the_admin(people: World, key: ApiKey) -> None:
    client = Client()
    root = User.objects.create_superuser("root", password="a long enough password")
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("admin:accounts_apikey_changelist")
    shown = client.post(page, {"action": "rotate", "_selected_action": [key.pk]})
    assert "no-store" in shown["cache-control"]
    assert f"gth_live_{key.public_id}_".encode() in shown.content
    client.post(page, {"action": "take_over", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.created_by == root
    revoke_api_key.execute(key)
    refused = client.post(page, {"action": "rotate", "_selected_action": [key.pk]}, follow=True)
    assert b"Only a key that works" in refused.content
