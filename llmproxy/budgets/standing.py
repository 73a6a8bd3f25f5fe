"""How a budget stands: spent, held, left, and when it will be used up if things go on like this."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Sum
from django.utils import timezone

from llmproxy.metering.windows import ROLLING, period_of
from llmproxy.models import Budget, BudgetLease, BudgetPeriod

MOST_SUBJECTS = 200
LEAST_SECONDS = 3600.0  # the first calls of a window say little about its pace


@dataclass(frozen=True, slots=True)
class Standing:
    """Nano-dollars of one subject in the running window.

    Attributes:
        held: reserved for calls that run, or leased by processes.
        forecast: what will have been spent at the end of the window, at the pace so far; None where it has no end. Of a
            rolling window: when it is full of spending at this pace; from then on as much is freed as is spent.
        used_up_at: when nothing is left, at this pace; None: not within the window.
    """

    subject: str
    spent: int
    held: int
    limit: int
    resets_at: datetime | None
    forecast: int | None
    used_up_at: datetime | None

    @property
    def left(self) -> int:
        """Never below 0."""
        return max(0, self.limit - self.spent - self.held)

    @property
    def percent(self) -> int:
        """Of the limit that is spent; 100 where there is nothing to spend."""
        return self.spent * 100 // self.limit if self.limit > 0 else 100


def standings(budget: Budget, now: datetime | None = None) -> list[Standing]:
    """Of every subject that spent something in the running window, the largest first; at least one."""
    at = now or timezone.now()
    period = period_of(budget.window, at.timestamp())
    counted = BudgetPeriod.objects.filter(budget=budget, bucket__gte=period.oldest, bucket__lte=period.bucket)
    spent = dict(counted.values_list("subject").annotate(sum=Sum("spent_nano")).order_by("-sum")[:MOST_SUBJECTS])
    leases = BudgetLease.objects.filter(period__in=counted)
    held = dict(leases.values_list("period__subject").annotate(sum=Sum("amount_nano")))
    limit = budget.limit_nano(at)
    return [
        _standing(budget, subject, amount, held.get(subject, 0), limit, at) for subject, amount in spent.items()
    ] or [_standing(budget, "", 0, 0, limit, at)]


def _standing(budget: Budget, subject: str, spent: int, held: int, limit: int, at: datetime) -> Standing:
    period = period_of(budget.window, at.timestamp())
    resets = None if period.resets is None else datetime.fromtimestamp(period.resets, UTC)
    begins = _begins(budget, period.bucket, at)
    elapsed = max((at - begins).total_seconds(), LEAST_SECONDS)
    pace = spent / elapsed
    ends = begins + _length(budget.window) if budget.window in ROLLING else resets
    forecast = None if ends is None else spent + int(pace * (ends - at).total_seconds())
    seconds = (limit - spent) / pace if pace > 0 else None
    used_up = None
    if seconds is not None and seconds < timedelta(days=3650).total_seconds():
        used_up = at + timedelta(seconds=max(0.0, seconds))
        used_up = None if ends is not None and used_up > ends else used_up
    return Standing(subject, spent, held, limit, resets, forecast, used_up)


def _length(window: str) -> timedelta:
    seconds, buckets = ROLLING[window]
    return timedelta(seconds=seconds * buckets)


def _begins(budget: Budget, bucket: int, at: datetime) -> datetime:
    """From when the pace is taken: the beginning of the window, but not before the budget was there."""
    if budget.window in ROLLING:
        return max(budget.created_at, at - _length(budget.window))
    return max(budget.created_at, datetime.fromtimestamp(bucket, UTC)) if bucket else budget.created_at
