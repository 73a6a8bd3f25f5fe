"""What a worker records reaches the log while it works."""

import pytest
from celery.signals import worker_process_init, worker_process_shutdown, worker_ready, worker_shutdown
from django.conf import settings

import config.celery  # noqa: F401 (connects)
from audit.apps import AuditConfig
from audit.ingest.ingestor import Ingestor
from audit.log import record
from audit.models import AuditEvent
from tests.e2e.product import eventually

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "audit"])


@pytest.mark.parametrize(
    ("begun", "over"), [(worker_ready, worker_shutdown), (worker_process_init, worker_process_shutdown)]
)
def test_what_a_worker_records_can_be_taken_in_while_it_lives(begun, over, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("audit.shipper.ingest.apply_async", lambda **_: None)  # no broker here
    begun.send(sender=None)
    begun.send(sender=None)  # twice is once
    try:
        record("integrity.verified")
        writer = AuditConfig.current().recorder.writer()
        eventually(lambda: writer.closed, 10, "its segment is closed in time")
        Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
        assert AuditEvent.objects.filter(type="integrity.verified").count() == 1
        assert AuditEvent.objects.filter(type="audit.writer.opened").count() == 1
    finally:
        over.send(sender=None)
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    assert AuditEvent.objects.filter(type="audit.writer.closed").count() == 1
