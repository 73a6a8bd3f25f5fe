"""Clients of the management API, each with a person's token."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.apps import AccountsConfig
from accounts.models import User
from tests.gateway_world import PASSWORD, World

ClientOf = Callable[..., Client]


@pytest.fixture
def client_of(world: World) -> ClientOf:
    """`client_of("alice")`: sends her token of the audience “management”."""

    def made(name: str, audience: str = "management") -> Client:
        given = {"username": name, "password": PASSWORD, "audience": audience}
        token = Client().post("/api/token/", given, content_type="application/json").json()["access"]
        AccountsConfig.current().identity.load()
        return Client(headers={"authorization": f"Bearer {token}"})

    return made


@pytest.fixture
def superuser(world: World) -> User:
    """Who runs the installation; belongs to no organisation."""
    return User.objects.create_superuser("root", password=PASSWORD)
