"""The schedules that come with Gatehouse, written to their table with a record of it."""

from typing import Any

from django.db import transaction
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from audit.context import SYSTEM, Target
from audit.log import record


class RecordedScheduler(DatabaseScheduler):
    """As django-celery-beat's; what it writes at its start is on record."""

    def setup_schedule(self) -> None:
        """New and changed schedules of the settings, in one transaction with their record."""
        with transaction.atomic():
            before = _schedules()
            super().setup_schedule()  # type: ignore[no-untyped-call]
            if changed := sorted(name for name, what in _schedules().items() if before.get(name) != what):
                target = Target("schedule", "", f"{len(changed)} schedules of this version")
                record("admin.schedule.updated", actor=SYSTEM, target=target, attrs={"names": changed})


def _schedules() -> dict[str, Any]:
    columns = ("task", "args", "kwargs", "enabled", "interval_id", "crontab_id", "expire_seconds")
    return {row["name"]: row for row in PeriodicTask.objects.values("name", *columns)}
