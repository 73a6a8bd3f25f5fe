"""Beat's own writing of schedules leaves a record, and only when something changed."""

import json

import pytest
from django.db import connection
from django_celery_beat import schedulers

from audit.models import OutboxRecord
from config.celery import app
from config.recorded_schedule import RecordedScheduler


@pytest.mark.django_db
def test_the_schedules_of_a_new_installation_are_on_record_once() -> None:
    RecordedScheduler(app=app)
    (row,) = OutboxRecord.objects.all()
    record = json.loads(bytes(row.raw))
    assert record["type"] == "admin.schedule.updated"
    assert "audit-reconcile" in record["attrs"]["names"]
    RecordedScheduler(app=app)
    assert OutboxRecord.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_closed_within_the_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    within: list[bool] = []
    monkeypatch.setattr(schedulers, "close_old_connections", lambda: within.append(connection.in_atomic_block))
    RecordedScheduler(app=app)
    assert within and not any(within)
