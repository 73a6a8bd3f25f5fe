"""Alice owns Alpha, Bob develops there, Charlie belongs elsewhere and must see nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from accounts.apps import AccountsConfig
from accounts.identity import IdentitySnapshot
from audit.models import OutboxRecord
from tests.gateway_world import World

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
