"""A strict gateway for each test."""

from collections.abc import Iterator

import pytest

from tests.accounts.conftest import store, valkey_url
from tests.clients.strict_gateway import StrictGateway, running

__all__ = ["gateway", "store", "valkey_url"]


@pytest.fixture
def gateway() -> Iterator[StrictGateway]:
    """On loopback."""
    with running() as one:
        yield one
