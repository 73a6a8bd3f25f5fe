"""What all tests share."""

import shutil
from collections.abc import AsyncIterator, Iterator

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.conf import settings
from django.db import connections

from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.upstream import Upstream, running_upstream


@pytest.fixture(autouse=True)
def fresh_process_state() -> Iterator[None]:
    """What a process holds in memory is made anew for each test."""
    yield
    audit = apps.get_app_config("audit")
    audit.close()
    for label, names in {
        "accounts": ("identity", "watcher"),
        "llmproxy": ("catalog", "runtime"),
        "audit": ("recorder", "shipper"),
    }.items():
        for name in names:
            apps.get_app_config(label).__dict__.pop(name, None)
    shutil.rmtree(settings.AUDIT_SPOOL, ignore_errors=True)


@pytest.fixture
def world(transactional_db: None) -> World:
    """Alice, Bob, and the stranger Charlie."""
    return World.build()


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A provider on loopback."""
    async with running_upstream() as running:
        yield running


@pytest.fixture
async def gateway(world: World, upstream: Upstream, settings) -> AsyncIterator[AsgiClient]:  # type: ignore[no-untyped-def]
    """The whole application in this process, with a route `public` to the loopback provider."""
    from config.asgi import application  # runs django.setup(), which must not happen before pytest-django's

    settings.GATEHOUSE_EGRESS_ALLOW = (f"127.0.0.1:{upstream.port}",)
    settings.GATEHOUSE_STALE_SECONDS = 600

    def start() -> None:
        provider = world.add_provider(upstream.base_url)
        world.add_route(provider)
        world.add_route(provider, "vectors", kind="embeddings")
        _ = apps.get_app_config("llmproxy").runtime
        apps.get_app_config("accounts").watcher.poll()
        connections.close_all()

    await sync_to_async(start, thread_sensitive=True)()
    runtime = apps.get_app_config("llmproxy").runtime
    runtime.stale_seconds = 600
    yield AsgiClient(application)
    await runtime.transport.close()
