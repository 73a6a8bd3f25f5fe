"""A log with something signed, and a place on loopback that may be called."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_httpserver import HTTPServer

from audit.actions.sign_checkpoint import sign_checkpoint
from audit.apps import AuditConfig
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import Destination, SignedCheckpoint


@pytest.fixture(autouse=True)
def files(tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_KEY_FILE = tmp_path / "key"
    settings.AUDIT_CHECKPOINT_FILE = tmp_path / "checkpoint"
    settings.AUDIT_ANCHORS = tmp_path / "anchors"


@pytest.fixture
def elsewhere(settings: Any) -> Iterator[HTTPServer]:
    """A server that the deployment allows to be called."""
    with HTTPServer("127.0.0.1", 0) as server:
        settings.GATEHOUSE_EGRESS_ALLOW = (f"127.0.0.1:{server.port}",)
        yield server


def taken_in(count: int) -> None:
    """So many events."""
    for n in range(count):
        record("proxy.request.rejected", outcome="denied", request_id=f"r{n}")
    AuditConfig.current().close()
    AuditConfig.current().__dict__.pop("recorder", None)
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()


@pytest.fixture
def signed(transactional_db: None) -> SignedCheckpoint:
    """Three events and their checkpoint."""
    taken_in(3)
    found = sign_checkpoint()
    assert found is not None
    return found


Made = Callable[..., Destination]


@pytest.fixture
def made(transactional_db: None) -> Made:
    """Makes a destination."""

    def make(kind: str, address: str, secret: str = "", **more: Any) -> Destination:
        destination = Destination(name=f"{kind} {more.get('takes', '')}", kind=kind, address=address, **more)
        destination.secret = secret
        destination.save()
        return destination

    return make
