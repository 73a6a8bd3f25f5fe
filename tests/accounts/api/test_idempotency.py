"""A request that is sent twice with one Idempotency-Key changes something once."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.actions import prune_changes
from accounts.models import ApiKey, IdempotentAnswer
from tests.accounts.api.conftest import ClientOf
from tests.gateway_world import World

KEYS = "/api/v1/api-keys"
JSON = "application/json"


def post(client: Client, body: object, key: str, path: str = KEYS):  # type: ignore[no-untyped-def]
    return client.post(path, body, content_type=JSON, headers={"idempotency-key": key})


def test_the_second_request_gets_the_first_answer(client_of: ClientOf) -> None:
    alice = client_of("alice")
    first, second = (post(alice, {"name": "robot"}, "one") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json() and second.headers["Idempotency-Replayed"] == "true"
    assert ApiKey.objects.filter(name="robot").count() == 1


def test_a_kept_secret_is_sealed(client_of: ClientOf) -> None:
    plain = post(client_of("alice"), {"name": "robot"}, "one").json()["key"]
    row = IdempotentAnswer.objects.get()
    assert plain not in row.body_sealed and plain.encode() in row.body()


def test_another_request_under_the_same_key_is_refused(client_of: ClientOf) -> None:
    alice = client_of("alice")
    post(alice, {"name": "robot"}, "one")
    refused = post(alice, {"name": "other"}, "one")
    assert refused.status_code == 422 and refused.json()["code"] == "idempotency_key_reused"
    assert refused["content-type"] == "application/problem+json"


def test_keys_of_two_people_do_not_meet(client_of: ClientOf) -> None:
    post(client_of("alice"), {"name": "robot"}, "one")
    theirs = post(client_of("charlie"), {"name": "robot"}, "one")
    assert theirs.status_code == 201 and "Idempotency-Replayed" not in theirs.headers


def test_what_was_refused_can_be_put_right(client_of: ClientOf) -> None:
    alice = client_of("alice")
    assert post(alice, {"name": ""}, "one").status_code == 400
    assert post(alice, {"name": "robot"}, "one").status_code == 201


def test_a_change_that_cannot_be_recorded_leaves_nothing(client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = client_of("alice")
    IdempotentAnswer.objects.all().delete()
    with monkeypatch.context() as broken:
        broken.setattr(settings, "GATEHOUSE_KEKS", {}, raising=False)
        broken.setattr("accounts.models.idempotent_answer.envelope", _no_envelope)
        alice.raise_request_exception = False
        assert post(alice, {"name": "robot"}, "one").status_code == 500
    assert not ApiKey.objects.filter(name="robot").exists() and not IdempotentAnswer.objects.exists()
    assert post(alice, {"name": "robot"}, "one").status_code == 201


def _no_envelope() -> None:
    raise RuntimeError("no key")


def test_after_a_day_the_key_is_free(client_of: ClientOf) -> None:
    alice = client_of("alice")
    post(alice, {"name": "robot"}, "one")
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(days=2))
    assert post(alice, {"name": "other"}, "one").status_code == 201
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(days=2))
    prune_changes.execute()
    assert not IdempotentAnswer.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 256, "käse", "a\tb"])
def test_a_key_that_cannot_be_is_refused(client_of: ClientOf, key: str) -> None:
    refused = post(client_of("alice"), {"name": "robot"}, key)
    assert refused.status_code == 400 and refused.json()["code"] == "invalid_idempotency_key"


def test_a_stranger_is_refused_and_leaves_nothing(world: World) -> None:
    assert post(Client(), {"name": "robot"}, "one").status_code == 401
    assert not IdempotentAnswer.objects.exists()


def test_elsewhere_the_header_means_nothing(world: World) -> None:
    given = {"username": "nobody", "password": "x"}
    assert post(Client(), given, "one", "/api/token/").status_code == 401
