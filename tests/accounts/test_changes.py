"""Changes reach every process, also those that become visible late, and also when taking them in failed once."""

import threading
from collections.abc import Sequence

import pytest
from django.db import DatabaseError

from accounts.actions import create_api_key, revoke_api_key
from accounts.apps import AccountsConfig
from accounts.changes import RELOAD, Change, ChangeWatcher, announce
from accounts.models import ChangeEvent
from tests.gateway_world import World


class Subscriber:
    """Keeps what it is told; fails as often as it is asked to."""

    def __init__(self, failures: int = 0) -> None:
        self.heard: list[Change] = []
        self.failures = failures

    def __call__(self, changes: Sequence[Change]) -> None:
        if self.failures:
            self.failures -= 1
            raise DatabaseError
        self.heard += changes


@pytest.fixture
def watcher(db: None) -> ChangeWatcher:
    """One that has loaded everything."""
    made = ChangeWatcher()
    made.poll()
    return made


def test_the_first_look_loads_everything(db: None) -> None:
    announce("catalog")
    watcher, subscriber = ChangeWatcher(), Subscriber()
    watcher.subscribe(subscriber)
    assert watcher.age() == float("inf")
    watcher.poll()
    assert subscriber.heard == [RELOAD]
    assert watcher.age() < 5


def test_each_change_is_heard_once(watcher: ChangeWatcher) -> None:
    subscriber = Subscriber()
    watcher.subscribe(subscriber)
    announce("apikey", "abc")
    watcher.poll()
    watcher.poll()
    assert subscriber.heard == [Change("apikey", "abc")]


def test_a_lower_id_that_commits_later_is_heard(watcher: ChangeWatcher) -> None:
    subscriber = Subscriber()
    watcher.subscribe(subscriber)
    announce("catalog")
    watcher.poll()
    last = ChangeEvent.objects.latest("id").pk
    ChangeEvent.objects.create(id=last + 5, kind="catalog")
    watcher.poll()
    ChangeEvent.objects.create(id=last + 2, kind="principal", value="late")
    watcher.poll()
    assert subscriber.heard[-1] == Change("principal", "late")


def test_what_could_not_be_taken_in_is_handed_on_again(watcher: ChangeWatcher) -> None:
    subscriber = Subscriber(failures=1)
    watcher.subscribe(subscriber)
    announce("apikey", "abc")
    before = watcher.age()
    with pytest.raises(DatabaseError):
        watcher.poll()
    assert watcher.age() > before
    watcher.poll()
    assert subscriber.heard == [Change("apikey", "abc")]


def test_saving_a_person_is_announced(people: World, watcher: ChangeWatcher) -> None:
    subscriber = Subscriber()
    watcher.subscribe(subscriber)
    watcher.poll()
    subscriber.heard.clear()
    people.bob.save()
    people.bob.save(update_fields=["last_login"])
    watcher.poll()
    assert subscriber.heard == [Change("principal", people.bob.subject)]


class Bell:
    """Rings when a change of an API key was taken in by those who subscribed earlier."""

    def __init__(self) -> None:
        self.rung = threading.Event()

    def __call__(self, changes: Sequence[Change]) -> None:
        if any(change.kind == "apikey" for change in changes):
            self.rung.set()

    def rings(self) -> bool:
        """Within a second."""
        rung = self.rung.wait(1.0)
        self.rung.clear()
        return rung


@pytest.mark.django_db(transaction=True)
def test_a_running_watcher_hears_of_a_revocation_within_a_second(world: World) -> None:
    config, bell = AccountsConfig.current(), Bell()
    config.watcher.subscribe(bell)
    config.watcher.start()
    bell.rung.clear()
    try:
        made = create_api_key.execute(world.organisation, "soon revoked")
        assert bell.rings()
        assert made.key.public_id in config.identity.keys
        revoke_api_key.execute(made.key)
        assert bell.rings()
        assert made.key.public_id not in config.identity.keys
    finally:
        config.watcher.stop()
