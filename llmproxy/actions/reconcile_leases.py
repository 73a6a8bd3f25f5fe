"""Give back what dead processes held of budgets: all but what the ledger says that they spent.

A lease that ended is not enough: its process may have spent some of it. When its spool is closed, and everything in it
is in the ledger, the books are made: what it spent and did not report is spent, the rest is free.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from audit.context import Target
from audit.log import record
from audit.models import SpoolWriterRow
from llmproxy.metering.windows import ROLLING, period_of
from llmproxy.models import Budget, BudgetLease, BudgetPeriod, LedgerCursor, LedgerEntry

AT_ONCE = 500


def execute() -> int:
    """How many leases were reconciled. What cannot be yet is looked at again the next time."""
    cursor = LedgerCursor.objects.filter(pk=1).first()
    if cursor is None or cursor.caught_up_at is None:
        return 0
    expired = BudgetLease.objects.expired()
    writers = set(expired.values_list("writer", flat=True).distinct())
    rows = SpoolWriterRow.objects.using(settings.AUDIT_DB_ALIAS).filter(pk__in=writers)
    closed = list(rows.filter(ended_at__lt=cursor.caught_up_at).values_list("pk", flat=True))
    _prune()
    return sum(reconcile(pk) for pk in expired.filter(writer__in=closed).values_list("pk", flat=True)[:AT_ONCE])


def _prune() -> None:
    """Forget what living processes hold nothing of, in buckets that are over: a day later nobody reports on them."""
    old = BudgetLease.objects.filter(amount_nano=0, expires_at__lt=timezone.now() - timedelta(days=1))
    now = timezone.now().timestamp()
    for window in set(Budget.objects.exclude(window=Budget.Window.LIFETIME).values_list("window", flat=True)):
        old.filter(period__budget__window=window, period__bucket__lt=period_of(window, now).bucket).delete()


def reconcile(lease_id: int) -> bool:
    """One lease whose process is gone and in the ledger; whether it was still there."""
    with transaction.atomic():
        found = BudgetLease.objects.select_related("period__budget").filter(pk=lease_id).first()
        if found is None:
            return False
        budget = Budget.objects.select_for_update().get(pk=found.period.budget_id)
        lease = BudgetLease.objects.select_related("period").filter(pk=lease_id).first()
        if lease is None or lease.expires_at > timezone.now():
            return False
        unreported = spent_by(lease, budget) - lease.reported_nano
        if unreported:
            lease.period.spent_nano += unreported
            lease.period.save(update_fields=["spent_nano"])
        _record(lease, budget, unreported)
        lease.delete()
    return True


def spent_by(lease: BudgetLease, budget: Budget) -> int:
    """Nano-dollars that the ledger holds of the lease's process, subject and bucket."""
    scope = budget.scope()
    subject = scope.values(lease.period.subject)
    entries = LedgerEntry.objects.of_scope({**budget.where(), **(subject or {})}).filter(writer=lease.writer)
    begins, ends = _span(budget.window, lease.period)
    if begins is not None:
        entries = entries.filter(at__gte=begins)
    if ends is not None:
        entries = entries.filter(at__lt=ends)
    if subject is None:  # too long to be asked for: each call says whose it is
        mine = (one for one in entries.iterator() if scope.subject(one.facts()) == lease.period.subject)
        return sum(one.charged_nano for one in mine)
    return entries.aggregate(sum=Sum("charged_nano"))["sum"] or 0


def _span(window: str, period: BudgetPeriod) -> tuple[datetime | None, datetime | None]:
    """From when to when the bucket goes; None where it has no end."""
    if window == Budget.Window.LIFETIME:
        return None, None
    begins = datetime.fromtimestamp(period.bucket, UTC)
    if window in ROLLING:
        return begins, begins + timedelta(seconds=ROLLING[window][0])
    if window == Budget.Window.DAY:
        return begins, begins + timedelta(days=1)
    if window == Budget.Window.WEEK:
        return begins, begins + timedelta(days=7)
    return begins, (begins.replace(day=1) + timedelta(days=32)).replace(day=1)


def _record(lease: BudgetLease, budget: Budget, unreported: int) -> None:
    attrs = {
        "process": str(lease.worker), "spent_unreported_nano": unreported,
        "freed_nano": lease.amount_nano - unreported, "subject": lease.period.subject,
    }  # fmt: skip
    record(
        "money.lease.reconciled",
        target=Target("budget", str(budget.pk), budget.name),
        organisation_id=str(budget.organisation_id or "") or None,
        attrs=attrs,
    )
