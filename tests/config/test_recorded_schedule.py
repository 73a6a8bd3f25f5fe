"""Beat's own writing of schedules leaves a record, and only when something changed."""

import json

import pytest

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
