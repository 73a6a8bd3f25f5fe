"""Whose figures a person may see: everybody's for a superuser, else those of the organisations that he belongs to."""

from typing import Any

from audit.models import AuditEvent
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.models import Membership


def organisations_of(user: Any) -> list[str] | None:
    """Ids as text; None means all."""
    if isinstance(user, AnonymousUser):
        return []
    if user.is_superuser:
        return None
    return [str(pk) for pk in Membership.objects.filter(user=user).values_list("organisation_id", flat=True)]


def events_of(user: Any) -> QuerySet[AuditEvent]:
    """The audit events that this person may see counted."""
    events = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS)
    organisations = organisations_of(user)
    return events.all() if organisations is None else events.filter(organisation_id__in=organisations)
