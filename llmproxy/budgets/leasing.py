"""Leases of budgets, in the database: in one transaction nothing is granted that was spent or is held elsewhere.

A lease is a row before it is used. So a process may die, and the shared store be lost: the sum of what was spent and
what may still be spent never exceeds the budget. What a dead process really spent is found in the ledger (reconciling).
"""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet, Sum

from llmproxy.budgets.alerting import raise_alerts
from llmproxy.metering.meter import Answer, Ask, Report
from llmproxy.metering.rules import BudgetRule
from llmproxy.metering.windows import Period, period_of
from llmproxy.models import Budget, BudgetLease, BudgetPeriod

LEASE_SECONDS = 30.0
# The process stops using a lease a little before others may think that it ended.
MARGIN_SECONDS = 3.0
# At most one part in so many of what is left is leased ahead of need.
SHARE = 16


class Leasing:
    """One process's side of the books.

    Args:
        worker: the process's own id.
        writer: the id of its audit spool, by which its calls are found in the ledger.
    """

    def __init__(self, worker: uuid.UUID, writer: uuid.UUID) -> None:
        self._worker = worker
        self._writer = writer

    def exchange(self, asks: Sequence[Ask], now: float) -> list[Answer]:
        """One answer for each question, all in one transaction. Raises DatabaseError."""
        with transaction.atomic():
            budgets = self._locked({ask.meter.rule.id for ask in asks})
            answers = {id(ask): self._answer(ask, budgets, now) for ask in asks}
        return [answers[id(ask)] for ask in asks]

    def _locked(self, ids: set[str]) -> dict[str, Budget]:
        """The rows, locked in one order: two processes never decide about one budget at once, nor wait in a circle."""
        rows = Budget.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
        return {str(row.pk): row for row in rows}

    def _answer(self, ask: Ask, budgets: dict[str, Budget], now: float) -> Answer:
        rule: BudgetRule = ask.meter.rule
        budget, period = budgets.get(rule.id), period_of(rule.window, now)
        if budget is None and rule.named:  # deleted a moment ago: the tokens that name it are good for nothing
            return Answer(period.bucket, 0, LEASE_SECONDS, 0, 0, None)
        if budget is None:  # what it held back is free, and it holds nothing back any more
            return Answer(period.bucket, max(ask.owed, ask.want), LEASE_SECONDS, rule.amount, rule.amount, None)
        ends = datetime.fromtimestamp(now, UTC) + timedelta(seconds=LEASE_SECONDS)
        for report in ask.reports:
            self._report(budget, ask.meter.subject, report, ends)
        self._renew(budget, ask.meter.subject, ends)
        spent, leased = self._sums(budget, ask.meter.subject, period)
        limit = budget.limit_nano(datetime.fromtimestamp(now, UTC))
        granted = _granted(ask, limit - spent - leased)
        if granted:
            lease = self._lease(budget, ask.meter.subject, period.bucket, ends)
            lease.amount_nano += granted
            lease.save(update_fields=["amount_nano", "expires_at"])
        if ask.reports:
            raise_alerts(budget, ask.meter.subject, period.bucket, spent, limit)
        return Answer(
            period.bucket, granted, _valid(period, now), limit, limit - spent - leased - granted,
            None if period.resets is None else period.resets - now,
        )  # fmt: skip

    def _report(self, budget: Budget, subject: str, report: Report, ends: datetime) -> None:
        lease = self._lease(budget, subject, report.bucket, ends)
        new = report.used - lease.reported_nano
        if new:
            lease.period.spent_nano += new
            lease.period.save(update_fields=["spent_nano"])
        lease.reported_nano, lease.amount_nano = report.used, report.held - report.used
        lease.save(update_fields=["reported_nano", "amount_nano", "expires_at"])

    def _lease(self, budget: Budget, subject: str, bucket: int, ends: datetime) -> BudgetLease:
        period, _ = BudgetPeriod.objects.get_or_create(budget=budget, subject=subject, bucket=bucket)
        lease, _ = BudgetLease.objects.select_related("period").get_or_create(
            period=period, worker=self._worker, defaults={"writer": self._writer, "expires_at": ends}
        )
        lease.expires_at = ends
        return lease

    def _renew(self, budget: Budget, subject: str, ends: datetime) -> None:
        mine = BudgetLease.objects.filter(period__budget=budget, period__subject=subject, worker=self._worker)
        mine.filter(amount_nano__gt=0).update(expires_at=ends)

    def _sums(self, budget: Budget, subject: str, period: Period) -> tuple[int, int]:
        """Spent and leased in the buckets that count now."""
        counted = counting_periods(budget, subject, period)
        spent = counted.aggregate(sum=Sum("spent_nano"))["sum"] or 0
        leased = BudgetLease.objects.filter(period__in=counted).aggregate(sum=Sum("amount_nano"))["sum"] or 0
        return spent, leased


def counting_periods(budget: Budget, subject: str, period: Period) -> QuerySet[BudgetPeriod]:
    """The buckets that a subject's spending is the sum of now."""
    rows = BudgetPeriod.objects.filter(budget=budget, subject=subject, bucket__gte=period.oldest)
    return rows.filter(bucket__lte=period.bucket)


def _granted(ask: Ask, left: int) -> int:
    if left <= 0 or left < ask.need:
        return 0
    return min(left, max(ask.owed, min(ask.want, ask.owed + left // SHARE)))


def _valid(period: Period, now: float) -> float:
    seconds = LEASE_SECONDS - MARGIN_SECONDS
    return seconds if period.bucket_ends is None else min(seconds, period.bucket_ends - now)
