"""Change for how long evidence is kept: longer by one person, shorter only with a second one's approval."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actions.deciding import asked_by, decided, reason_of
from audit.actions.errors import NotNow
from audit.actions.second_person import may_ask
from audit.context import Target
from audit.log import record
from audit.models import RetentionPolicy
from audit.retention.classes import CLASSES, CONTENT, LONGEST_DAYS, floor_of
from audit.retention.periods import days_of

ASK = "audit.add_retentionpolicy"


def propose_retention(user: Any, retention_class: str, organisation_id: str, days: int, reason: str) -> RetentionPolicy:
    """A longer time holds at once; a shorter one waits for a second person.

    Args:
        organisation_id: for content, whose; empty for all. Events are kept in one log: for all or for nobody.

    Raises:
        NotNow: no such class, below the floor, no reason, or not this person's to ask.
    """
    if retention_class not in CLASSES:
        raise NotNow("Choose one of the classes.")
    if organisation_id and retention_class != CONTENT:
        raise NotNow("Events of all organisations lie in one log: how long they are kept is decided for all.")
    if not may_ask(user, ASK, organisation_id):
        raise NotNow("Your roles do not let you change how long this is kept.")
    why = reason_of(reason)
    _check_days(retention_class, organisation_id, days)
    longer = days >= days_of(retention_class, organisation_id)
    with transaction.atomic():
        row = RetentionPolicy.objects.create(
            retention_class=retention_class, organisation_id=organisation_id, days=days, reason=why, **asked_by(user),
            state=RetentionPolicy.State.APPROVED if longer else RetentionPolicy.State.REQUESTED,
            decided_at=timezone.now() if longer else None,
        )  # fmt: skip
        _record(row, "changed" if longer else "proposed")
    return row


def decide_retention(policy_id: Any, user: Any, *, approve: bool, note: str) -> RetentionPolicy:
    """A shorter time holds, or not. Raises NotNow."""
    with transaction.atomic():
        row = RetentionPolicy.objects.select_for_update().get(pk=policy_id)
        before = days_of(row.retention_class, row.organisation_id)
        decided(row, user, approve=approve, note=note)
        if approve:
            _check_days(row.retention_class, row.organisation_id, row.days)
        row.save()
        _record(row, "changed" if approve else "denied", before=before, note=row.decision_note)
    return row


def _check_days(retention_class: str, organisation_id: str, days: int) -> None:
    floor = floor_of(retention_class)
    if not floor <= days <= LONGEST_DAYS:
        raise NotNow(f"{CLASSES[retention_class].title}: between {floor} and {LONGEST_DAYS:,} days.")
    if retention_class == CONTENT and days > days_of("proxy"):
        raise NotNow(f"What was said is kept no longer than the calls that it is of: at most {days_of('proxy')} days.")
    if retention_class == "proxy" and days < days_of(CONTENT):
        raise NotNow(f"Calls are kept at least as long as what was said in them: at least {days_of(CONTENT)} days.")


def _record(row: RetentionPolicy, step: str, **more: object) -> None:
    attrs = {"class": row.retention_class, "days": row.days, "requested_by": row.requested_by_name, **more}
    record(
        f"retention.policy.{step}", target=Target("retention_policy", str(row.pk), row.retention_class),
        organisation_id=row.organisation_id or None, reason=row.reason, attrs=attrs,
    )  # fmt: skip
