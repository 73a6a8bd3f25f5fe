"""The life of a signing key: published before it signs, forward only, one active, replaced in time, gone at once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions import (
    activate_signing_key,
    advance_key_ring,
    compromise_signing_key,
    generate_signing_key,
    issue_token,
    rotate_signing_key,
)
from accounts.identity import IdentitySnapshot
from accounts.identity.verified import principal_of_token
from accounts.models import ChangeEvent, SigningKey
from accounts.models.signing_key import NEXT_STATES, SigningKeyState
from accounts.ring import gateway_audience, gateway_verifier
from accounts.signing import active_key
from accounts.tasks import advance_keys
from accounts.tokens.errors import TokenRefused
from accounts.tokens.keys import ALGORITHMS
from tests.accounts.conftest import Evidence
from tests.gateway_world import World

MINUTE = timedelta(minutes=1)
STATES = list(SigningKeyState)


def states() -> list[str]:
    """Of all keys, oldest first."""
    return list(SigningKey.objects.order_by("created_at").values_list("state", flat=True))


def aged(key: SigningKey, by: timedelta) -> SigningKey:
    """`key`, made earlier."""
    SigningKey.objects.filter(pk=key.pk).update(created_at=timezone.now() - by)
    key.refresh_from_db()
    return key


@pytest.fixture
def active(db: None) -> SigningKey:
    """The key in service."""
    return rotate_signing_key.ensure()


@pytest.mark.parametrize("old", STATES)
@pytest.mark.parametrize("new", STATES)
def test_states_go_forward_only(db: None, old: SigningKeyState, new: SigningKeyState) -> None:
    key = generate_signing_key.execute()
    SigningKey.objects.filter(pk=key.pk).update(state=old)
    stored = SigningKey.objects.get(pk=key.pk)
    stored.state = new
    if new in NEXT_STATES[old] or new == old:
        stored.save()
    else:
        with pytest.raises(ValidationError):
            stored.save()


def test_only_one_key_is_active(active: SigningKey) -> None:
    other = generate_signing_key.execute()
    with pytest.raises(IntegrityError), transaction.atomic():
        SigningKey.objects.filter(pk=other.pk).update(state="active")


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_each_algorithm_can_be_put_into_service(active: SigningKey, alg: str) -> None:
    key = aged(generate_signing_key.execute(alg), 11 * MINUTE)
    activate_signing_key.execute(key)
    SigningKey.objects.filter(state="retiring").update(retiring_at=timezone.now() - MINUTE)
    assert active_key().alg == alg


@pytest.mark.parametrize("alg", ["HS256", "none", "ES384", ""])
def test_another_algorithm_is_refused(db: None, alg: str) -> None:
    with pytest.raises(ValueError, match="not one of"):
        generate_signing_key.execute(alg)
    assert not SigningKey.objects.exists()


def test_a_key_does_not_sign_before_caches_know_it(active: SigningKey) -> None:
    key = aged(generate_signing_key.execute(), 9 * MINUTE)
    with pytest.raises(ValidationError, match="Caches"):
        activate_signing_key.execute(key)
    assert set(states()) == {"active", "pending"}


def test_a_rotation_publishes_first_and_signs_by_itself_later(active: SigningKey) -> None:
    made = rotate_signing_key.execute()
    assert (made.state, rotate_signing_key.execute().pk) == ("pending", made.pk)
    advance_key_ring.execute(timezone.now() + 9 * MINUTE)
    assert active_key().kid == active.kid
    advance_key_ring.execute(timezone.now() + 11 * MINUTE)
    assert states() == ["retiring", "active"]


def test_the_replaced_key_signs_until_every_process_has_heard(active: SigningKey) -> None:
    made = rotate_signing_key.without_waiting()
    assert active_key().kid == active.kid
    SigningKey.objects.filter(pk=active.pk).update(retiring_at=timezone.now() - timedelta(seconds=3))
    assert active_key().kid == made.kid


def test_a_replaced_key_retires_when_its_last_token_is_gone(active: SigningKey) -> None:
    rotate_signing_key.without_waiting()
    advance_key_ring.execute(timezone.now() + 60 * MINUTE)
    assert states() == ["retiring", "active"]
    advance_key_ring.execute(timezone.now() + 62 * MINUTE)
    assert states() == ["retired", "active"]


def test_every_ninety_days_there_is_one_new_key(active: SigningKey) -> None:
    SigningKey.objects.update(activated_at=datetime(2030, 1, 1, 12, tzinfo=UTC))
    advance_key_ring.execute(datetime(2030, 3, 30, 12, tzinfo=UTC))
    assert states() == ["active"]
    for hour in (1, 2, 3):
        advance_key_ring.execute(datetime(2030, 3, 31, hour, tzinfo=UTC))
    assert states() == ["active", "pending"]
    advance_key_ring.execute(datetime(2030, 4, 1, 0, 1, tzinfo=UTC))
    assert states() == ["retiring", "active"]


def test_two_schedulers_make_one_key(active: SigningKey) -> None:
    day = datetime(2030, 4, 1, tzinfo=UTC).date()
    generate_signing_key.execute(target_date=day)
    with pytest.raises(IntegrityError), transaction.atomic():
        generate_signing_key.execute(target_date=day)


def test_the_task_takes_the_steps(active: SigningKey) -> None:
    SigningKey.objects.update(activated_at=timezone.now() - timedelta(days=100))
    advance_keys()
    assert states() == ["active", "pending"]


def test_a_compromised_key_is_gone_with_its_tokens(
    people: World, identity: IdentitySnapshot, evidence: Evidence
) -> None:
    token = issue_token.for_person(people.bob, people.organisation, gateway_audience(), ["models:invoke"], "s").access
    assert principal_of_token(token, identity, gateway_verifier()).name == "bob"
    gone = SigningKey.objects.get(state="active")
    successor = compromise_signing_key.execute(gone, "found in a paste")
    assert ChangeEvent.objects.filter(kind="signing_key", value=gone.kid).exists()
    identity.load_signing_keys()
    with pytest.raises(TokenRefused):
        principal_of_token(token, identity, gateway_verifier())
    assert gone.kid.encode() not in identity.jwks
    assert successor is not None
    assert active_key().kid == successor.kid
    assert b"key.compromised" in evidence() and b"found in a paste" in evidence()


def test_a_published_key_takes_over_from_a_compromised_one(active: SigningKey) -> None:
    pending = generate_signing_key.execute("Ed25519")
    assert compromise_signing_key.execute(active) == pending
    assert states() == ["compromised", "active"]
    with pytest.raises(ValidationError):
        compromise_signing_key.execute(active)


def test_a_key_that_did_not_sign_needs_no_successor(active: SigningKey) -> None:
    assert compromise_signing_key.execute(generate_signing_key.execute()) is None
    assert set(states()) == {"active", "compromised"}
