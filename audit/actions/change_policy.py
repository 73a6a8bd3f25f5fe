"""Change what is recorded: proposed, approved by a second person, on record before it is in force (AUDIT C3)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from audit.actions.errors import NotNow
from audit.actions.second_person import may_ask, may_decide
from audit.context import Target
from audit.log import record
from audit.models import AuditPolicy
from audit.outside import outside

ASK, DECIDE = "audit.add_auditpolicy", "audit.decide_auditpolicy"
# Between the decision and its effect lies the time in which its record reaches the log.
EARLIEST = timedelta(seconds=10)
SHORTEST_REASON = 5
ANNOUNCED = "audit_policy"


def propose_policy(
    user: Any, organisation_id: str, content: Mapping[str, Any], valid_from: datetime | None, reason: str
) -> AuditPolicy:
    """A version that waits for a second person.

    Args:
        organisation_id: empty for the whole installation.
        content: rules, fail_modes, largest_kib.

    Raises:
        NotNow: it is no policy, has no reason, or is not this person's to propose.
    """
    if not may_ask(user, ASK, organisation_id):
        raise NotNow("Your roles do not let you propose what is recorded here.")
    if not SHORTEST_REASON <= len(reason.strip()) <= 500:
        raise NotNow("Say in a few words why: at most 500 characters.")
    with transaction.atomic():
        row = AuditPolicy(
            organisation_id=organisation_id, number=_next_number(organisation_id), reason=reason.strip(),
            valid_from=valid_from or timezone.now(), requested_by=str(user.pk), requested_by_name=user.get_username(),
            **content,
        )  # fmt: skip
        _save_checked(row)
        _record(row, "proposed")
    return row


def decide_policy(policy_id: Any, user: Any, *, approve: bool, note: str) -> AuditPolicy:
    """Approve or deny. Raises NotNow: not this person's to decide, decided already, a denial without a word."""
    if not approve and not note.strip():
        raise NotNow("Say why you deny it.")
    with transaction.atomic():
        row = AuditPolicy.objects.select_for_update().get(pk=policy_id)
        if row.state != AuditPolicy.State.PROPOSED:
            raise NotNow("It was decided already.")
        if not may_decide(user, DECIDE, row.organisation_id, row.requested_by):
            raise NotNow("A second person decides, who holds a compliance role.")
        row.state = AuditPolicy.State.APPROVED if approve else AuditPolicy.State.DENIED
        row.decided_by, row.decided_by_name = str(user.pk), user.get_username()
        row.decided_at, row.decision_note = timezone.now(), note.strip()[:500]
        row.valid_from = max(row.valid_from, row.decided_at + EARLIEST)
        row.save()
        _record(row, "changed" if approve else "denied", before=_content_before(row), note=row.decision_note)
        outside().announce(ANNOUNCED)
    return row


def policy_in_force(organisation_id: str) -> AuditPolicy | None:
    """The version that holds now."""
    rows = AuditPolicy.objects.filter(organisation_id=organisation_id, state=AuditPolicy.State.APPROVED)
    return rows.filter(valid_from__lte=timezone.now()).order_by("-valid_from", "-number").first()


def _next_number(organisation_id: str) -> int:
    rows = AuditPolicy.objects.filter(organisation_id=organisation_id)
    return (rows.aggregate(last=Max("number"))["last"] or 0) + 1


def _content_before(row: AuditPolicy) -> dict[str, Any]:
    rows = AuditPolicy.objects.filter(organisation_id=row.organisation_id, state=AuditPolicy.State.APPROVED)
    before = rows.exclude(pk=row.pk).order_by("-valid_from", "-number").first()
    return {} if before is None else before.content()


def _save_checked(row: AuditPolicy) -> None:
    try:
        row.clean()
    except ValidationError as error:
        raise NotNow(" ".join(error.messages)) from error
    row.save()


def _record(row: AuditPolicy, step: str, **more: object) -> None:
    attrs = {
        "number": row.number, **row.content(), "valid_from": f"{row.valid_from:%Y-%m-%dT%H:%M:%SZ}",
        "requested_by": row.requested_by_name, **more,
    }  # fmt: skip
    record(
        f"audit.policy.{step}", target=Target("audit_policy", str(row.pk), row.label), reason=row.reason,
        organisation_id=row.organisation_id or None, policy_version=row.label, attrs=attrs,
    )  # fmt: skip


def rules_of(policy: AuditPolicy | None) -> Sequence[Mapping[str, str]]:
    """Its rules; none where there is no policy."""
    return [] if policy is None else policy.rules
