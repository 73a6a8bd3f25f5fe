"""The database itself refuses to change or delete events."""

import uuid
from collections.abc import Iterator
from importlib import import_module

import pytest
from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from audit.models import AuditEvent

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])


@pytest.fixture
def event() -> Iterator[AuditEvent]:
    append_only = import_module("audit.migrations.0002_append_only")
    with connections[settings.AUDIT_DB_ALIAS].schema_editor() as editor:
        append_only.forbid(None, editor)
    now = timezone.now()
    yield AuditEvent.objects.create(
        id=uuid.uuid4(), leaf_index=0, occurred_at=now, ingested_at=now, category="system", type="system.started",
        outcome="success", actor_type="system", raw=b"{}", leaf_hash=b"x" * 32,
    )  # fmt: skip
    with connections[settings.AUDIT_DB_ALIAS].schema_editor() as editor:
        append_only.allow(None, editor)


def test_an_event_cannot_be_changed(event: AuditEvent) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using=settings.AUDIT_DB_ALIAS):
        AuditEvent.objects.filter(pk=event.pk).update(outcome="failure")


def test_an_event_cannot_be_deleted(event: AuditEvent) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(using=settings.AUDIT_DB_ALIAS):
        event.delete()
