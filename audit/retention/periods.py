"""How many days hold now, and which months are over for longer than that: evidence goes by whole months."""

import datetime as dt
from collections.abc import Iterator

from django.utils import timezone

from audit.models import RetentionPolicy
from audit.retention.classes import CLASSES, CONTENT


def days_of(name: str, organisation_id: str = "") -> int:
    """Days of a class; for content, the organisation's own, else the installation's, else the default."""
    approved = RetentionPolicy.objects.filter(retention_class=name, state=RetentionPolicy.State.APPROVED)
    for of in (organisation_id, "") if name == CONTENT else ("",):
        row = approved.filter(organisation_id=of).order_by("-decided_at").first()
        if row is not None:
            return row.days
    return CLASSES[name].default


class Month:
    """A calendar month in UTC.

    Args:
        text: such as 2026-11.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.start = dt.datetime.strptime(text, "%Y-%m").replace(tzinfo=dt.UTC)
        self.end = (self.start + dt.timedelta(days=32)).replace(day=1)

    @classmethod
    def of(cls, when: dt.datetime) -> "Month":
        """The month of a moment."""
        return cls(f"{when:%Y-%m}")

    @property
    def next(self) -> "Month":
        """The one after it."""
        return Month.of(self.end)

    def goes_at(self, days: int) -> dt.datetime:
        """When everything of it is older than `days`."""
        return self.end + dt.timedelta(days=days)


def due_months(oldest: dt.datetime, days: int) -> Iterator[Month]:
    """The months since `oldest` of which everything is older than `days`."""
    month, now = Month.of(oldest), timezone.now()
    while month.goes_at(days) <= now:
        yield month
        month = month.next
