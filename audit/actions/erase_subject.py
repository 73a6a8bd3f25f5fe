"""Destroy what one person wrote and was answered: asked for, approved by a second person, keys destroyed, on record.

What the log says of the person's calls (when, which model, how much) stays: it holds no words. A legal hold goes first.
"""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.actions.deciding import asked_by, decided, reason_of
from audit.actions.errors import NotNow
from audit.actions.second_person import may_ask
from audit.content.digests import subject_refs
from audit.context import Target
from audit.log import record
from audit.models import SubjectKey, SubjectRequest
from audit.retention import shredding
from audit.retention.holds import held_keys

ASK = "audit.add_subjectrequest"
LONGEST_SUBJECT = 300


def ask_for_erasure(user: Any, organisation_id: str, subject: str, reason: str) -> SubjectRequest:
    """A request that waits for a second person.

    Args:
        subject: `usr:…`, `svc:…`, `key:…` as records name it, or `end:` and what the application calls its user.

    Raises:
        NotNow: nobody named, no organisation, no reason, or not this person's to ask.
    """
    if not organisation_id or not may_ask(user, ASK, organisation_id):
        raise NotNow("Your roles do not let you ask for this here.")
    if not 0 < len(subject.strip()) <= LONGEST_SUBJECT:
        raise NotNow("Name the person: the id that records show, or end: and what the application calls its user.")
    first, *others = subject_refs(organisation_id, subject.strip())
    with transaction.atomic():
        row = SubjectRequest.objects.create(
            organisation_id=organisation_id, subject_ref=first, other_refs=others, reason=reason_of(reason),
            **asked_by(user),
        )  # fmt: skip
        _record(row, "requested", keys=len(keys_of(row)))
    return row


def decide_erasure(request_id: Any, user: Any, *, approve: bool, note: str) -> SubjectRequest:
    """Approve, and carry it out if no hold forbids; or deny. Raises NotNow."""
    with transaction.atomic():
        row = decided(SubjectRequest.objects.select_for_update().get(pk=request_id), user, approve=approve, note=note)
        row.save()
        _record(row, "approved" if approve else "denied", note=row.decision_note)
    return carry_out(row) if approve else row


def carry_out_waiting() -> int:
    """Approved requests that a hold kept back, or that a crash cut short; how many are done now."""
    waiting = SubjectRequest.objects.filter(state=SubjectRequest.State.APPROVED)
    waiting = waiting.exclude(outcome=SubjectRequest.Outcome.DONE)
    return sum(carry_out(row).outcome == SubjectRequest.Outcome.DONE for row in waiting.order_by("pk"))


def carry_out(row: SubjectRequest) -> SubjectRequest:
    """Destroy the keys, unless a hold needs one of them. Raises DatabaseError, OSError: done again by the next run."""
    keys = keys_of(row)
    held = held_keys(settings.AUDIT_DB_ALIAS)
    if any(key.pk in held for key in keys):
        return _held_back(row)
    why = f"subject request {row.pk}"
    attrs = {"subject": row.subject_ref, "request": str(row.pk), "approved_by": row.decided_by_name}
    shredding.shred(keys, why, "data.subject.erased", attrs, organisation_id=row.organisation_id, reason=row.reason)
    rows = SubjectKey.objects.using(settings.AUDIT_DB_ALIAS).filter(shred_reason=why)
    row.keys_destroyed, row.outcome, row.carried_out_at = rows.count(), SubjectRequest.Outcome.DONE, timezone.now()
    with transaction.atomic():
        row.save()
        _record(row, "carried_out", keys=row.keys_destroyed)
    return row


def keys_of(row: SubjectRequest) -> list[SubjectKey]:
    """The person's keys that still open something."""
    keys = SubjectKey.objects.using(settings.AUDIT_DB_ALIAS).alive()
    return list(keys.filter(organisation_id=row.organisation_id, subject_ref__in=row.refs).order_by("pk"))


def _held_back(row: SubjectRequest) -> SubjectRequest:
    if row.outcome != SubjectRequest.Outcome.HELD:
        row.outcome = SubjectRequest.Outcome.HELD
        with transaction.atomic():
            row.save()
            _record(row, "held")
    return row


def _record(row: SubjectRequest, step: str, **more: object) -> None:
    record(
        f"data.subject.{step}", target=Target("subject_request", str(row.pk), row.subject_ref[:16]),
        organisation_id=row.organisation_id, reason=row.reason, attrs={"subject": row.subject_ref, **more},
    )  # fmt: skip
