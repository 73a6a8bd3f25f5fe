"""The schedules that come with Gatehouse, written to their table with a record of it."""

from typing import Any

from django.db import transaction
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from audit.context import SYSTEM, Target
from audit.log import record


class RecordedScheduler(DatabaseScheduler):
    """As django-celery-beat's; what it writes at its start is on record."""

    _setting_up = False

    def setup_schedule(self) -> None:
        """New and changed schedules of the settings, in one transaction with their record."""
        known = self.schedule  # the first reading closes old connections, which no transaction survives
        self._setting_up = True
        try:
            with transaction.atomic():
                before = _schedules()
                self.install_default_entries(known)  # type: ignore[no-untyped-call]  # untyped there
                self.update_from_dict(self.app.conf.beat_schedule)  # type: ignore[no-untyped-call]  # as above
                _record(sorted(name for name, what in _schedules().items() if before.get(name) != what))
        finally:
            self._setting_up = False

    def schedule_changed(self) -> bool:
        """As the base class's, which looks with a fresh connection: not within our transaction."""
        return False if self._setting_up else bool(super().schedule_changed())  # type: ignore[no-untyped-call]  # as above


def _record(changed: list[str]) -> None:
    if changed:
        target = Target("schedule", "", f"{len(changed)} schedules of this version")
        record("admin.schedule.updated", actor=SYSTEM, target=target, attrs={"names": changed})


def _schedules() -> dict[str, Any]:
    columns = ("task", "args", "kwargs", "enabled", "interval_id", "crontab_id", "expire_seconds")
    return {row["name"]: row for row in PeriodicTask.objects.values("name", *columns)}
