"""Whose evidence a person may see: everybody's for a superuser, else that of the organisations of his roles."""

from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet

from audit.models import AuditEvent, ReviewQueue

M = TypeVar("M", bound=Model)


def visible(rows: QuerySet[M], user: Any) -> QuerySet[M]:
    """Those of `rows` (events or roll-ups) that `user`, a row of AUTH_USER_MODEL, may see."""
    if user.is_superuser:
        return rows
    ids = user.audit_organisation_ids() if hasattr(user, "audit_organisation_ids") else []
    return rows.filter(organisation_id__in=ids)


def events(user: Any) -> QuerySet[AuditEvent]:
    """The events that `user` may see, without their bytes."""
    return visible(AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).defer("raw", "leaf_hash"), user)


def queues_of(user: Any) -> QuerySet[ReviewQueue]:
    """The review queues over events that `user` may see."""
    return visible(ReviewQueue.objects.all(), user)
