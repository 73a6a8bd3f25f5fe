"""Each kind of revocation of SECURITY 5.6: written by its action, heard in one look, in force on the next request."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.actions import (
    compromise_signing_key,
    create_service_account,
    end_sessions,
    end_tokens,
    issue_token,
    prune_changes,
    renew,
    revoke_api_key,
    set_person_active,
    suspend_organisation,
)
from accounts.apps import AccountsConfig
from accounts.changes import ChangeWatcher
from accounts.identity import IdentitySnapshot
from accounts.identity.revoked import Revoked
from accounts.identity.verified import principal_of_key, principal_of_token
from accounts.models import ApiKey, ChangeEvent, Membership, RefreshFamily, Revocation, ServiceAccount, SigningKey, User
from accounts.ring import gateway_audience, gateway_verifier
from accounts.tokens.errors import TokenRefused
from tests.accounts.conftest import Evidence
from tests.gateway_world import World


class Bus:
    """One process: its snapshot, its watcher, and two tokens with the id of the first."""

    def __init__(self, people: World) -> None:
        config = AccountsConfig.current()
        self.identity: IdentitySnapshot = config.identity
        self.watcher: ChangeWatcher = config.watcher
        self.people = people
        self.family = RefreshFamily.objects.create(
            user=people.bob,
            organisation=people.organisation,
            audience=gateway_audience(),
            expires_at=timezone.now() + timedelta(days=1),
        )
        self.program = create_service_account.execute(people.organisation, "robot").account
        self.bob, self.jti = self.persons()
        self.robot = self.programs()
        self.watcher.poll()

    def persons(self) -> tuple[str, str]:
        """A fresh token of Bob's session, and its id."""
        self.people.bob.refresh_from_db()
        self.people.organisation.refresh_from_db()
        made = issue_token.for_person(
            self.people.bob, self.people.organisation, gateway_audience(), ["models:invoke"], str(self.family.pk)
        )
        return made.access, made.jti

    def programs(self) -> str:
        """A fresh token of the service account."""
        account = ServiceAccount.objects.select_related("organisation").get(pk=self.program.pk)
        return issue_token.for_program(account, gateway_audience(), ["models:invoke"]).access

    def works(self, token: str) -> bool:
        """Whether a request with it gets through."""
        try:
            principal_of_token(token, self.identity, gateway_verifier())
        except TokenRefused:
            return False
        return True

    def key_works(self) -> bool:
        """Whether the API key of the application gets through."""
        try:
            principal_of_key(self.people.key, self.identity)
        except TokenRefused:
            return False
        return True


@pytest.fixture
def bus(people: World) -> Bus:
    """All credentials work."""
    made = Bus(people)
    assert made.works(made.bob)
    assert made.works(made.robot)
    assert made.key_works()
    return made


Ending = Callable[[Bus], object]
ENDINGS: dict[str, tuple[Ending, tuple[bool, bool, bool]]] = {
    "jti": (lambda bus: end_tokens.one(bus.jti), (False, True, True)),
    "sid": (lambda bus: renew.end(bus.family, "ended"), (False, True, True)),
    "subject_epoch of a person": (lambda bus: end_sessions.execute(bus.people.bob), (False, True, True)),
    "subject_epoch of a program": (lambda bus: end_tokens.of_program(bus.program), (True, False, True)),
    "client_epoch": (lambda bus: end_tokens.of_client(bus.program.client_id), (True, False, True)),
    "tenant_epoch": (lambda bus: suspend_organisation.execute(bus.people.organisation), (False, False, False)),
    "global_epoch": (lambda bus: end_tokens.everything(reason="drill"), (False, False, True)),
    "key_state": (
        lambda bus: compromise_signing_key.execute(SigningKey.objects.get(state="active")),
        (False, False, True),
    ),
    "apikey": (lambda bus: revoke_api_key.execute(ApiKey.objects.get(name="app")), (True, True, False)),
    "principal_state": (lambda bus: set_person_active.execute(bus.people.bob, False), (False, True, True)),
    "membership": (lambda bus: Membership.objects.get(user=bus.people.bob).delete(), (False, True, True)),
}


@pytest.mark.parametrize("kind", ENDINGS)
def test_it_is_in_force_after_one_look(bus: Bus, kind: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    end, expected = ENDINGS[kind]
    end(bus)
    bus.watcher.poll()
    with django_assert_num_queries(0):
        assert (bus.works(bus.bob), bus.works(bus.robot), bus.key_works()) == expected


@pytest.mark.parametrize("kind", ENDINGS)
def test_it_is_in_force_after_a_restart(bus: Bus, kind: str) -> None:
    end, expected = ENDINGS[kind]
    end(bus)
    bus.identity = IdentitySnapshot()
    bus.identity.load()
    assert (bus.works(bus.bob), bus.works(bus.robot), bus.key_works()) == expected


@pytest.mark.parametrize("kind", ["client_epoch", "global_epoch", "tenant_epoch", "subject_epoch of a program"])
def test_tokens_issued_afterwards_work_and_can_be_ended_again(bus: Bus, kind: str) -> None:
    end, _ = ENDINGS[kind]
    for _ in range(2):
        end(bus)
        suspend_organisation.execute(bus.people.organisation, active=True)
        fresh = bus.programs()
        bus.watcher.poll()
        assert bus.works(fresh)
    end(bus)
    bus.watcher.poll()
    assert not bus.works(fresh)


def test_a_revocation_is_on_record(bus: Bus, evidence: Evidence) -> None:
    end_tokens.everything(reason="laptop stolen")
    assert b"admin.revocation.created" in evidence()
    assert b"laptop stolen" in evidence()


def test_the_memory_of_single_tokens_is_bounded() -> None:
    revoked = Revoked()
    revoked.add(Revoked({("iss", str(number)): float(number) for number in range(100)}))
    revoked.forget(49.0)
    assert len(revoked.tokens) == 50


def test_the_id_of_a_token_is_of_its_issuer(bus: Bus) -> None:
    end_tokens.one(bus.jti, issuer="https://elsewhere.example")
    bus.watcher.poll()
    assert bus.works(bus.bob)


def test_what_nobody_needs_any_more_is_pruned(bus: Bus) -> None:
    end_tokens.one("over", expires=time.time() - 120)
    end_tokens.one("alive")
    end_tokens.everything(reason="drill")
    assert prune_changes.execute(timezone.now() + timedelta(minutes=10)) == 1
    assert set(Revocation.objects.values_list("value", flat=True)) == {"alive", ""}
    assert ChangeEvent.objects.exists()
    prune_changes.execute(timezone.now() + timedelta(days=2))
    assert not ChangeEvent.objects.exists()


def test_many_changed_people_cost_two_questions_each_table(
    bus: Bus, django_assert_max_num_queries: Callable[[int], DjangoAssertNumQueries]
) -> None:
    for number in range(300):
        User.objects.create_user(f"person{number}")
    with django_assert_max_num_queries(5):
        bus.watcher.poll()
    assert sum(holder.name.startswith("person") for holder in bus.identity.holders.values()) == 300


def test_a_failed_look_keeps_what_was_known_and_grows_old(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> object:
        raise DatabaseError

    end_tokens.one(bus.jti)
    with monkeypatch.context() as patched:
        patched.setattr("accounts.identity.loading.revoked", away)
        age = bus.watcher.age()
        with pytest.raises(DatabaseError):
            bus.watcher.poll()
        assert bus.watcher.age() >= age
    bus.watcher.poll()
    assert not bus.works(bus.bob)


@pytest.fixture
def root(people: World) -> Client:
    """A superuser's browser."""
    client = Client()
    root = User.objects.create_superuser("root", password="a long enough password")
    client.force_login(root, backend="django.contrib.auth.backends.ModelBackend")
    return client


ADD = "admin:accounts_revocation_add"


def test_the_emergency_is_one_form(bus: Bus, root: Client) -> None:
    assert root.get(reverse(ADD)).status_code == 200
    assert root.post(reverse(ADD), {"kind": "global_epoch", "value": "", "reason": "drill"}).status_code == 302
    assert root.post(reverse(ADD), {"kind": "global_epoch", "value": "", "reason": "again"}).status_code == 302
    bus.watcher.poll()
    assert not bus.works(bus.bob)
    assert b"again" in root.get(reverse("admin:accounts_revocation_changelist")).content


@pytest.mark.parametrize(
    "form", [{"kind": "global_epoch", "value": "x"}, {"kind": "jti", "value": ""}, {"kind": "sid", "value": "x"}, {}]
)
def test_a_form_that_names_nothing_ends_nothing(bus: Bus, root: Client, form: dict[str, str]) -> None:
    assert root.post(reverse(ADD), {"reason": "typing error", **form}).status_code == 200
    assert not Revocation.objects.exists()


def test_an_owner_ends_no_tokens_of_the_installation(people: World) -> None:
    client = Client()
    people.alice.is_staff = True
    people.alice.save()
    client.force_login(people.alice, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse(ADD)).status_code in (302, 403)
    action = {"action": "suspend", "_selected_action": [str(people.organisation.pk)]}
    client.post(reverse("admin:accounts_organisation_changelist"), action)
    people.organisation.refresh_from_db()
    assert people.organisation.is_active


def test_a_superuser_suspends_and_resumes(bus: Bus, root: Client) -> None:
    page = reverse("admin:accounts_organisation_changelist")
    for action, active in (("suspend", False), ("resume", True)):
        root.post(page, {"action": action, "_selected_action": [str(bus.people.organisation.pk)]})
        bus.watcher.poll()
        assert (bus.key_works(), bus.works(bus.bob)) == (active, False)


@pytest.mark.urls("accounts.urls")
def test_the_control_plane_asks_the_database_where_the_watcher_is_behind(
    people: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = Bus(people)
    monkeypatch.setattr(bus.watcher, "age", lambda: 2.0)
    end_tokens.one(bus.jti)
    asked = Client().post("/api/token/verify/", {"token": bus.bob}, content_type="application/json")
    assert asked.status_code == 401

    def away() -> None:
        raise DatabaseError

    monkeypatch.setattr(bus.identity, "load", away)
    asked = Client().post("/api/token/verify/", {"token": bus.robot}, content_type="application/json")
    assert asked.status_code == 503
