"""Which cases a person may see, put an event into, or open."""

import uuid
from typing import Any

from django.db.models import QuerySet

from audit.actions.open_case import ADD
from audit.actions.work_on_case import CHANGE, VIEW
from audit.models import AuditEvent, CaseItem, ReviewCase
from audit.models.export_job import may
from audit.review.scope import visible

MOST_OFFERED = 50


def cases_of(user: Any) -> QuerySet[ReviewCase]:
    """Cases of organisations whose cases the person may see."""
    if user.is_superuser:
        return ReviewCase.objects.all()
    held = user.organisation_ids_with(VIEW) if hasattr(user, "organisation_ids_with") else []
    return visible(ReviewCase.objects.filter(organisation_id__in=held), user)


def cases_with(event_id: uuid.UUID, user: Any) -> list[ReviewCase]:
    """The cases that an event is part of, as far as the person may see them."""
    return list(cases_of(user).filter(pk__in=CaseItem.objects.filter(event_id=event_id).values("case")))


def organisations_of(user: Any) -> list[tuple[str, str]]:
    """Where the person may open cases."""
    known = user.audit_organisations() if hasattr(user, "audit_organisations") else []
    return [choice for choice in known if may(user, ADD, choice[0])]


def about_event(event: AuditEvent, user: Any) -> dict[str, Any]:
    """What an event's page shows of cases."""
    of = event.organisation_id
    works = may(user, CHANGE, of)
    open_ones = cases_of(user).filter(state=ReviewCase.State.OPEN, organisation_id__in=(of, ""))
    return {
        "cases": cases_with(event.pk, user), "open_cases": list(open_ones[:MOST_OFFERED]) if works else [],
        "may_open_case": may(user, ADD, of),
    }  # fmt: skip
