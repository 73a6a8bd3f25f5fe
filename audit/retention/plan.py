"""What would go if retention ran now: counted, not touched; and when the next goes."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Min, QuerySet

from audit.event_ids import first_id, moment_of
from audit.models import AuditEvent, SubjectKey
from audit.retention.classes import CLASSES, CONTENT, FOR_EVER
from audit.retention.holds import held_events, held_keys
from audit.retention.periods import Month, days_of, due_months


@dataclass(frozen=True, slots=True)
class Planned:
    """A month of a class that is due. `goes`: how many events (for content: keys); `held`: how many stay for a hold."""

    retention_class: str
    organisation_id: str
    month: str
    goes: int
    held: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How long a class is kept, and when its oldest month goes (None: there is nothing of it)."""

    retention_class: str
    title: str
    days: int
    next_month: str
    next_at: dt.datetime | None


def due(month: Month, retention_class: str) -> tuple[QuerySet[AuditEvent], QuerySet[AuditEvent] | None]:
    """The events of the month and class that may go, and the held ones among all (None: nothing is held).

    Raises:
        BadFilter: see held_events.
    """
    alias = settings.AUDIT_DB_ALIAS
    rows = of_class(retention_class).filter(id__gte=first_id(month.start), id__lt=first_id(month.end))
    held = held_events(alias)
    return (rows if held is None else rows.exclude(pk__in=held.values("pk"))), held


def of_class(retention_class: str) -> QuerySet[AuditEvent]:
    """The events of a class, apart from those that stay for ever."""
    events = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS)
    return events.filter(retention_class=retention_class).exclude(type__in=FOR_EVER)


def planned() -> Iterator[Planned]:
    """The dry run, oldest first. Raises BadFilter."""
    yield from _planned_content()
    for name in CLASSES:
        oldest = _oldest(name)
        if name == CONTENT or oldest is None:
            continue
        for month in due_months(oldest, days_of(name)):
            rows, held = due(month, name)
            within = of_class(name).filter(id__gte=first_id(month.start), id__lt=first_id(month.end))
            stays = 0 if held is None else within.filter(pk__in=held.values("pk")).count()
            if (goes := rows.count()) or stays:
                yield Planned(name, "", month.text, goes, stays)


def standings() -> list[Standing]:
    """Each class as it stands."""
    found = []
    for name, kind in CLASSES.items():
        days, month = days_of(name), _oldest_month(name)
        at = None if month is None else month.goes_at(days)
        found.append(Standing(name, kind.title, days, "" if month is None else month.text, at))
    return found


def due_keys(organisation_id: str) -> QuerySet[SubjectKey]:
    """The keys of an organisation's content whose months are over for longer than it is kept; held ones among them."""
    keys = SubjectKey.objects.using(settings.AUDIT_DB_ALIAS).alive().filter(organisation_id=organisation_id)
    oldest = keys.aggregate(first=Min("month"))["first"]
    if oldest is None:
        return keys.none()
    months = list(due_months(Month(oldest).start, days_of(CONTENT, organisation_id)))
    return keys.filter(month__in=[month.text for month in months])


def content_organisations() -> list[str]:
    """Those of which there is content that can still be read."""
    keys = SubjectKey.objects.using(settings.AUDIT_DB_ALIAS).alive()
    return sorted(set(keys.order_by().values_list("organisation_id", flat=True).distinct()))


def _planned_content() -> Iterator[Planned]:
    kept_back = held_keys(settings.AUDIT_DB_ALIAS)
    for organisation in content_organisations():
        months: dict[str, list[bool]] = {}
        for pk, month in due_keys(organisation).values_list("pk", "month"):
            months.setdefault(month, []).append(pk in kept_back)
        for month, held in sorted(months.items()):
            yield Planned(CONTENT, organisation, month, held.count(False), held.count(True))


def _oldest(name: str) -> dt.datetime | None:
    first = of_class(name).order_by("id").values_list("id", flat=True).first()
    return None if first is None else moment_of(first)


def _oldest_month(name: str) -> Month | None:
    if name == CONTENT:
        keys = SubjectKey.objects.using(settings.AUDIT_DB_ALIAS).alive()
        oldest = keys.aggregate(first=Min("month"))["first"]
        return None if oldest is None else Month(oldest)
    moment = _oldest(name)
    return None if moment is None else Month.of(moment)
