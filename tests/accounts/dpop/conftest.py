"""A program of Alpha, its key for proofs, and the whole application with a store that all processes share."""

from collections.abc import AsyncIterator

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from redis import Redis

from accounts.actions import create_service_account
from accounts.actions.create_service_account import CreatedAccount
from accounts.apps import AccountsConfig
from accounts.identity import IdentitySnapshot
from tests.accounts.tokens.proofs import Prover
from tests.asgi_client import AsgiClient
from tests.gateway_world import World


@pytest.fixture
def prover() -> Prover:
    """A client with a key."""
    return Prover()


@pytest.fixture
def program(people: World, identity: IdentitySnapshot) -> CreatedAccount:
    """A service account of Alpha."""
    made = create_service_account.execute(people.organisation, "robot")
    identity.load()
    return made


@pytest.fixture
async def plane(store: Redis, gateway: AsgiClient, world: World) -> AsyncIterator[AsgiClient]:
    """The data plane, where proofs are remembered."""
    yield gateway


@pytest.fixture
async def robot(gateway: AsgiClient, world: World) -> CreatedAccount:
    """A service account that the data plane knows."""

    def made() -> CreatedAccount:
        account = create_service_account.execute(world.organisation, "robot")
        AccountsConfig.current().watcher.poll()
        connections.close_all()
        return account

    return await sync_to_async(made, thread_sensitive=True)()
