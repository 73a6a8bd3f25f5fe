"""More money for a while: one person asks, another decides; it ends by itself."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.context import Target
from audit.log import record
from llmproxy.models import Budget, BudgetIncrease

LONGEST = timedelta(days=366)
SHORTEST_REASON = 5


class NotDecided(Exception):
    """It cannot be decided so; `str()` is a sentence for the person."""


def request(budget: Budget, user: User, amount: Decimal, ends_at: datetime, reason: str) -> BudgetIncrease:
    """Ask for `amount` US dollars more until `ends_at`. Raises ValidationError."""
    check(ends_at, reason)
    made = BudgetIncrease(budget=budget, amount=amount, ends_at=ends_at, reason=reason.strip()[:500], requested_by=user)
    made.full_clean()
    with transaction.atomic():
        made.save()
        _record(made, "requested")
    return made


def check(ends_at: datetime, reason: str) -> None:
    """Raises ValidationError: it ends at no possible time, or nobody says what it is for."""
    if not timezone.now() < ends_at <= timezone.now() + LONGEST:
        raise ValidationError({"ends_at": "In the future, and within a year."})
    if len(reason.strip()) < SHORTEST_REASON:
        raise ValidationError({"reason": "Say in a few words what it is for."})


def decide(increase_id: Any, user: User, *, approve: bool) -> BudgetIncrease:
    """Approve or deny what somebody else asked for. Raises NotDecided, BudgetIncrease.DoesNotExist."""
    with transaction.atomic():
        rows = BudgetIncrease.objects.select_for_update(of=("self",)).select_related("budget")
        increase = rows.get(pk=increase_id)
        if increase.state != BudgetIncrease.State.REQUESTED:
            raise NotDecided("It was decided already.")
        if not may_decide(user, "llmproxy.decide_budgetincrease", increase.budget.organisation_id):
            raise NotDecided("Your roles do not let you decide this.")
        if increase.requested_by_id == user.pk:
            raise NotDecided("A second person decides: you asked for it yourself.")
        if increase.ends_at <= timezone.now():
            raise NotDecided("Its time is over.")
        increase.state = BudgetIncrease.State.APPROVED if approve else BudgetIncrease.State.DENIED
        increase.decided_by, increase.decided_at = user, timezone.now()
        increase.save()
        _record(increase, "approved" if approve else "denied")
    return increase


def may_decide(user: User, permission: str, organisation_id: Any) -> bool:
    """Whether a role in that organisation allows it; what is of no organisation is for superusers."""
    if user.is_superuser:
        return True
    return bool(organisation_id) and str(organisation_id) in user.organisation_ids_with(permission)


def _record(increase: BudgetIncrease, step: str) -> None:
    budget = increase.budget
    attrs = {
        "amount": f"{increase.amount.normalize():f}", "ends_at": increase.ends_at.isoformat(),
        "requested_by": str(increase.requested_by_id), "increase": str(increase.pk),
    }  # fmt: skip
    record(
        f"money.increase.{step}",
        target=Target("budget", str(budget.pk), budget.name),
        organisation_id=str(budget.organisation_id or "") or None,
        reason=increase.reason,
        attrs=attrs,
    )
