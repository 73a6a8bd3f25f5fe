"""What a legal hold keeps: the events of its search and everything of the same calls. Holds beat age and requests."""

from typing import Any

from django.db.models import Q, QuerySet

from audit.event_ids import first_id
from audit.models import AuditEvent, KeptContent, LegalHold, SubjectKey
from audit.review.filters import filters_of


def held_events(alias: str) -> QuerySet[AuditEvent] | None:
    """The events that holds in force name, with all events of their calls; None where nothing is held.

    Raises:
        BadFilter: a hold's search is no search any more; nothing may be removed until somebody mends it.
    """
    named = _named(LegalHold.objects.filter(released_at=None))
    if named is None:
        return None
    events = AuditEvent.objects.using(alias)
    calls = events.filter(named).exclude(request_id="").values("request_id")
    return events.filter(named | Q(request_id__in=calls))


def held_keys(alias: str) -> set[Any]:
    """The ids of the keys of what was said in held calls. Raises BadFilter."""
    held = held_events(alias)
    if held is None:
        return set()
    calls = held.exclude(request_id="").values("request_id")
    kept = KeptContent.objects.using(alias).filter(request_id__in=calls)
    return set(SubjectKey.objects.using(alias).filter(blobs__originals__in=kept).values_list("pk", flat=True))


def events_of(hold: LegalHold) -> Q:
    """The condition of one hold. Raises BadFilter."""
    wanted = filters_of(hold.query)
    found = wanted.dimensional if wanted.rest is None else wanted.dimensional & wanted.rest
    if hold.organisation_id:
        found &= Q(organisation_id=hold.organisation_id)
    if hold.since is not None:
        found &= Q(id__gte=first_id(hold.since))
    if hold.until is not None:
        found &= Q(id__lt=first_id(hold.until))
    return found or Q(pk__isnull=False)


def _named(holds: QuerySet[LegalHold]) -> Q | None:
    found: Q | None = None
    for hold in holds:
        found = events_of(hold) if found is None else found | events_of(hold)
    return found
