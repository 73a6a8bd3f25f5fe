"""Events of two organisations, and people who may see one, both or neither."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import Membership, Organisation, Team, User
from audit.context import Actor
from audit.ingest.ingestor import Ingestor
from audit.log import record

PASSWORD = "a long enough password"  # noqa: S105 (of people of the tests)


class House(NamedTuple):
    """Two tenants, and the means to make events happen."""

    acme: Organisation
    other: Organisation
    team: Team
    happened: Callable[..., str]
    person: Callable[..., User]
    signed_in: Callable[[User], Client]


@pytest.fixture
def house(transactional_db: None) -> House:
    """Everything in it is made by the same code as in earnest."""
    acme, other = [Organisation.objects.create(name=n, slug=n.lower()) for n in ("Acme", "Other")]
    team = Team.objects.create(organisation=acme, name="Research")
    return House(acme, other, team, happened, person, signed_in)


def happened(type_: str = "proxy.request.completed", organisation: Organisation | None = None, **columns: Any) -> str:
    """An event that is in the log when this returns; its id."""
    about = {"organisation_id": str(organisation.pk)} if organisation else {}
    event_id = record(type_, actor=columns.pop("actor", Actor("api_key", "key:1", "A key")), **about, **columns)
    apps.get_app_config("audit").close()
    del apps.get_app_config("audit").recorder
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    return event_id


def person(name: str, organisation: Organisation | None, role: str = "auditor", *permissions: str) -> User:
    """A member of staff; `permissions` as `codename` of the audit app."""
    user = User.objects.create_user(name, password=PASSWORD, is_staff=True)
    if organisation is not None:
        Membership.objects.create(user=user, organisation=organisation, role=role)
    user.user_permissions.add(*Permission.objects.filter(content_type__app_label="audit", codename__in=permissions))
    return user


def signed_in(user: User) -> Client:
    """His browser."""
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client
