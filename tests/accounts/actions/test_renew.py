"""Many at once: of parallel renewals of one token at most one wins."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.actions import renew
from accounts.models import RefreshFamily, RefreshToken
from accounts.ring import gateway_audience
from tests.gateway_world import World

PARALLEL = 20


IN_MEMORY = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")


def family_of(world: World) -> RefreshFamily:
    """A session of Bob's."""
    return RefreshFamily.objects.create(
        user=world.bob,
        organisation=world.organisation,
        audience=gateway_audience(),
        scopes=["models:invoke"],
        expires_at=timezone.now() + timedelta(days=1),
    )


def test_what_was_read_before_another_renewal_won_counts_for_nothing(people: World) -> None:
    family = family_of(people)
    secret = renew.successor(family, parent=None)
    stale = RefreshToken.objects.get()
    assert renew.execute(secret).refresh
    assert stale.used_at is None
    assert renew._rotated(stale, family) is None
    assert RefreshToken.objects.count() == 2


@pytest.mark.skipif(IN_MEMORY, reason="not run: the in-memory SQLite of the tests locks whole tables between threads")
@pytest.mark.django_db(transaction=True)
def test_of_twenty_parallel_renewals_at_most_one_wins(world: World) -> None:
    family = family_of(world)
    secret = renew.successor(family, parent=None)

    def won(_: int) -> bool:
        try:
            renew.execute(secret)
        except renew.RefreshRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(PARALLEL) as pool:
        winners = sum(pool.map(won, range(PARALLEL)))
    family.refresh_from_db()
    assert winners == 1
    assert RefreshToken.objects.filter(family=family).count() == 2
    assert family.revoked_because == "reuse"
