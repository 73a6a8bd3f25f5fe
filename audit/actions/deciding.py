"""What requests about evidence have in common: asked for with a reason, decided by a second person, once."""

from typing import Any, TypeVar

from django.utils import timezone

from audit.actions.errors import NotNow
from audit.actions.second_person import may_decide
from audit.models.retention import Decided

DECIDE = "audit.decide_retention"
SHORTEST_REASON, LONGEST_REASON = 5, 500
D = TypeVar("D", bound=Decided)


def reason_of(text: str) -> str:
    """Raises NotNow: too short to be one, or too long."""
    if not SHORTEST_REASON <= len(text.strip()) <= LONGEST_REASON:
        raise NotNow(f"Say in a few words why: at most {LONGEST_REASON} characters.")
    return text.strip()


def asked_by(user: Any) -> dict[str, str]:
    """The columns that say who asked."""
    return {"requested_by": str(user.pk), "requested_by_name": user.get_username()}


def decided(row: D, user: Any, *, approve: bool, note: str) -> D:
    """The row with the decision, not saved yet. Raises NotNow: not his to decide, decided, denied without a word."""
    if not approve and not note.strip():
        raise NotNow("Say why you deny it.")
    if row.state != Decided.State.REQUESTED or not row.requested_by:
        raise NotNow("There is nothing to decide.")
    if not may_decide(user, DECIDE, row.organisation_id, row.requested_by):
        raise NotNow("A second person decides, who holds a compliance role.")
    row.state = Decided.State.APPROVED if approve else Decided.State.DENIED
    row.decided_by, row.decided_by_name = str(user.pk), user.get_username()
    row.decided_at, row.decision_note = timezone.now(), note.strip()[:LONGEST_REASON]
    return row
