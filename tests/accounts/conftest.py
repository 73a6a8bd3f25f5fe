"""Alice owns Alpha, Bob develops there, Charlie belongs elsewhere and must see nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from redis import Redis

from accounts.apps import AccountsConfig
from accounts.identity import IdentitySnapshot
from audit.models import OutboxRecord
from tests.gateway_world import World
from tests.valkey import running_valkey

Evidence = Callable[[], bytes]


@pytest.fixture
def people(db: None) -> World:
    """The world, within the test's transaction."""
    return World.build()


@pytest.fixture
def identity(people: World) -> IdentitySnapshot:
    """What this process knows, loaded."""
    known = AccountsConfig.current().identity
    known.load()
    return known


@pytest.fixture
def evidence() -> Evidence:
    """All that was put on record so far, as bytes."""

    def gathered() -> bytes:
        spooled = [path.read_bytes() for path in Path(settings.AUDIT_SPOOL).rglob("*") if path.is_file()]
        return b"".join([*spooled, *(bytes(row.raw) for row in OutboxRecord.objects.all())])

    return gathered


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A server for the whole run; for tests with the mark `processes`."""
    with running_valkey() as url:
        yield url


@pytest.fixture
def store(valkey_url: str, settings: Any) -> Iterator[Redis]:
    """What processes share, empty."""
    settings.REDIS_URL = valkey_url
    client = Redis.from_url(valkey_url)
    client.flushall()
    yield client
    client.close()
