"""Ask for evidence to take away, and let a second person decide."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.utils import timezone

from audit.actions.errors import NotNow
from audit.actions.second_person import holds
from audit.context import Target
from audit.log import record
from audit.models import ExportJob
from audit.models.export_job import READ, may
from audit.review.filters import Filters
from audit.review.period import Period

SHORTEST_REASON = 5
LONGEST_QUERY = 2000


def request_export(
    user: Any, organisation_id: str, file_format: str, period: Period, wanted: Filters, reason: str,
    *, with_content: bool = False,
) -> ExportJob:  # fmt: skip
    """A job that waits for a second person.

    Args:
        organisation_id: whose events; empty for all, which only a superuser asks for.
        wanted: as in the explorer; a filter on another organisation finds nothing.
        with_content: also what was said, redacted; both people must be such as may read it.

    Raises:
        NotNow: no such format, no reason, or not this person's to ask for.
    """
    if file_format not in ExportJob.Format.values:
        raise NotNow("Choose one of the formats.")
    if not may(user, "audit.add_exportjob", organisation_id):
        raise NotNow("Your roles do not let you export this organisation's evidence.")
    if with_content and file_format != ExportJob.Format.BUNDLE:
        raise NotNow("What was said goes only into a bundle.")
    if with_content and not holds(user, READ, organisation_id):
        raise NotNow("Your roles do not let you read what was said here.")
    if not SHORTEST_REASON <= len(reason.strip()) <= 500:
        raise NotNow("Say in a few words what it is for: at most 500 characters.")
    query = urlencode(wanted.given)
    if len(query) > LONGEST_QUERY:
        raise NotNow("The filters are too long.")
    until = min(period.until, timezone.now().astimezone(dt.UTC))
    if until <= period.since:
        raise NotNow("The period has not begun yet.")
    with transaction.atomic():
        job = ExportJob.objects.create(
            organisation_id=organisation_id, format=file_format, query=query, since=period.since, until=until,
            reason=reason.strip(), requested_by=str(user.pk), requested_by_name=user.get_username(),
            with_content=with_content,
        )  # fmt: skip
        record_step(job, "requested", since=str(job.since), until=str(job.until))
    return job


def decide_export(job_id: Any, user: Any, *, approve: bool, note: str) -> ExportJob:
    """Approve or deny. Raises NotNow: not this person's to decide, or decided already; a denial without a word."""
    if not approve and not note.strip():
        raise NotNow("Say why you deny it.")
    with transaction.atomic():
        job = ExportJob.objects.select_for_update().get(pk=job_id)
        if job.state != ExportJob.State.REQUESTED:
            raise NotNow("It was decided already.")
        if not job.may_be_decided_by(user):
            raise NotNow("A second person decides, whose role allows it.")
        job.state = ExportJob.State.APPROVED if approve else ExportJob.State.DENIED
        job.decided_by, job.decided_by_name = str(user.pk), user.get_username()
        job.decided_at, job.decision_note = timezone.now(), note.strip()[:500]
        job.save()
        record_step(job, "approved" if approve else "denied", note=job.decision_note)
    return job


def record_step(job: ExportJob, step: str, outcome: str = "success", **more: object) -> None:
    """Put a step of a job on record, with what was asked for."""
    if job.with_content:
        more["content"] = True
    attrs = {"format": job.format, "filter": job.query, "requested_by": job.requested_by_name, **more}
    record(
        f"export.{step}", outcome=outcome, target=Target("export", str(job.pk), job.get_format_display()),
        organisation_id=job.organisation_id or None, reason=job.reason, attrs=attrs,
    )  # fmt: skip
