"""Whose figures a person may see: everybody's for a superuser, else those of the organisations that he belongs to."""

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import User
from audit.models import AuditEvent


def events_of(user: User) -> QuerySet[AuditEvent]:
    """The audit events that this person may see counted."""
    events = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS)
    return events.all() if user.is_superuser else events.filter(organisation_id__in=user.organisation_ids())
