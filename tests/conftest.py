"""What all tests share."""

import shutil
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.backends.utils import CursorWrapper

from tests.asgi_client import AsgiClient
from tests.gateway_world import World
from tests.undescribed_records import watch_records
from tests.unrecorded_changes import watch_requests
from tests.upstream import Upstream, running_upstream

# Where a checkpoint goes unless a test says otherwise.
OUTSIDE = Path(settings.AUDIT_CHECKPOINT_FILE)
# The machines are shared: how long an example takes decides nothing.
hypothesis.settings.register_profile("shared", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("shared")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of the gateway's world use both databases, and real transactions: other threads read what they write."""
    for item in items:
        if {"world", "gateway"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "audit"]))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Threads that outlive a test keep no connection to its database."""
    for chosen in connections.settings.values():
        chosen["CONN_MAX_AGE"] = 0


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests empty their tables, which the log's triggers refuse: taken off here, and tried on their own."""
    append_only = import_module("audit.migrations.0002_append_only")
    log = connections[settings.AUDIT_DB_ALIAS]
    with django_db_blocker.unblock():
        if "audit_event" not in log.introspection.table_names():
            return  # none of the chosen tests uses the log's database, so it was not made
        with log.schema_editor() as editor:
            append_only.allow(None, editor)


@pytest.fixture
def database_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that any thread of this process sends to any database from here on."""
    sent: list[str] = []
    execute = CursorWrapper.execute

    def counting(self: CursorWrapper, sql: str, params: object = None) -> object:
        sent.append(sql)
        return execute(self, sql, params)  # type: ignore[arg-type]

    monkeypatch.setattr(CursorWrapper, "execute", counting)
    return sent


@pytest.fixture(autouse=True)
def every_change_is_recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No request of any test changes a control table without a record (AUDIT C2)."""
    unrecorded = watch_requests(monkeypatch)
    yield
    assert not unrecorded, f"changes of control tables without a record: {unrecorded}"


@pytest.fixture(autouse=True)
def every_record_is_described(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    """Every record of every test follows the schema of its type (AUDIT C1)."""
    undescribed = watch_records(monkeypatch, whole="gateway" in request.fixturenames)
    yield
    assert not undescribed, f"records that are not as their schemas have them: {undescribed}"


@pytest.fixture(autouse=True)
def fresh_process_state() -> Iterator[None]:
    """What a process holds in memory is made anew for each test."""
    yield
    audit = apps.get_app_config("audit")
    audit.close()
    for label, names in {
        "accounts": ("identity", "watcher", "last_used", "key_wishes", "shared_store"),
        "llmproxy": ("catalog", "runtime", "spreader"),
        "audit": ("recorder", "shipper", "contents", "policy"),
    }.items():
        for name in names:
            apps.get_app_config(label).__dict__.pop(name, None)
    shutil.rmtree(settings.AUDIT_SPOOL, ignore_errors=True)
    # The log is emptied with the database: a checkpoint that was kept beside it would speak of another one.
    OUTSIDE.unlink(missing_ok=True)
    shutil.rmtree(settings.AUDIT_CONTENT_SPOOL, ignore_errors=True)


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
    for rules in runtime.admissions:
        await rules.close()
    await runtime.transport.close()
    await apps.get_app_config("accounts").shared_store.close()
