"""What a limit or a budget would have done to the calls of the last day, had it been there: from the ledger."""

import heapq
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from llmproxy.metering.rules import PARALLEL, TOKENS, BudgetRule, LimitRule
from llmproxy.metering.windows import SLIDING, period_of
from llmproxy.models import LedgerEntry

DAY = timedelta(days=1)
MOST_CALLS = 200_000
MOST_SUBJECTS = 10


@dataclass(slots=True)
class Verdict:
    """What would have happened.

    Attributes:
        calls: of the last day that the rule is about; `refused`: how many of them it would have refused.
        subjects: whose calls it would have refused most, with how many.
        cut_short: there were more calls than are looked at.
    """

    calls: int = 0
    refused: int = 0
    first_refused_at: datetime | None = None
    cut_short: bool = False
    by_subject: Counter[str] = field(default_factory=Counter)

    @property
    def subjects(self) -> list[tuple[str, int]]:
        """The ten that it would have hit most; "" where all calls count together."""
        return self.by_subject.most_common(MOST_SUBJECTS)

    def call(self, at: datetime, subject: str, *, refused: bool) -> None:
        """Count one call of the last day."""
        self.calls += 1
        if refused:
            self.refused += 1
            self.by_subject[subject] += 1
            self.first_refused_at = self.first_refused_at or at


def of_limit(rule: LimitRule, where: dict[str, str], now: datetime | None = None) -> Verdict:
    """A limit's, beginning with nothing used. A refused call uses nothing."""
    end = now or timezone.now()
    verdict = Verdict()
    running: dict[str, _Used] = {}
    for entry in _calls(where, end - DAY, end, verdict):
        facts = entry.facts()
        if entry.kind != LedgerEntry.Kind.CALL or not rule.scope.covers(facts):
            continue
        subject = rule.scope.subject(facts)
        used = running.setdefault(subject, _Used(rule))
        verdict.call(entry.at, subject, refused=not used.takes(entry))
    return verdict


def of_budget(rule: BudgetRule, where: dict[str, str], now: datetime | None = None) -> Verdict:
    """A budget's, with everything that was spent since its running windows began. A refused call costs nothing."""
    end = now or timezone.now()
    verdict = Verdict()
    since = end - DAY
    begin = datetime.fromtimestamp(period_of(rule.window, since.timestamp()).oldest, tz=end.tzinfo)
    spent: dict[str, deque[tuple[int, int]]] = {}
    for entry in _calls(where, begin, end, verdict):
        facts = entry.facts()
        if not rule.scope.covers(facts):
            continue
        subject, cost = rule.scope.subject(facts), entry.cost_nano or 0
        period = period_of(rule.window, entry.at.timestamp())
        sums = spent.setdefault(subject, deque())
        while sums and sums[0][0] < period.oldest:
            sums.popleft()
        refused = rule.hard and sum(amount for _, amount in sums) + cost > rule.amount
        if not refused:
            _add(sums, period.bucket, cost)
        if entry.at >= since and entry.kind == LedgerEntry.Kind.CALL:
            verdict.call(entry.at, subject, refused=refused)
    return verdict


class _Used:
    """What one subject has used of a limit."""

    def __init__(self, rule: LimitRule) -> None:
        self._rule = rule
        self._uses: deque[tuple[datetime, int]] = deque()
        self._total = 0
        self._ends: list[datetime] = []

    def takes(self, entry: LedgerEntry) -> bool:
        """Whether the call fits; if so it is counted."""
        if self._rule.unit == PARALLEL:
            while self._ends and self._ends[0] <= entry.at:
                heapq.heappop(self._ends)
            if len(self._ends) >= self._rule.amount:
                return False
            heapq.heappush(self._ends, entry.ended_at)
            return True
        window = SLIDING[self._rule.window]
        begin = entry.at - timedelta(seconds=window.seconds * window.buckets)
        while self._uses and self._uses[0][0] <= begin:
            self._total -= self._uses.popleft()[1]
        amount = entry.tokens_in + entry.tokens_out if self._rule.unit == TOKENS else 1
        if self._total + amount > self._rule.amount:
            return False
        self._uses.append((entry.at, amount))
        self._total += amount
        return True


def _calls(where: dict[str, str], begin: datetime, end: datetime, verdict: Verdict) -> Iterator[LedgerEntry]:
    rows: Iterable[LedgerEntry] = (
        LedgerEntry.objects.of_scope(where).filter(at__gte=begin, at__lt=end).order_by("at").iterator(chunk_size=2000)
    )
    for number, entry in enumerate(rows):
        if number == MOST_CALLS:
            verdict.cut_short = True
            return
        yield entry


def _add(sums: "deque[tuple[int, int]]", bucket: int, cost: int) -> None:
    if sums and sums[-1][0] == bucket:
        sums[-1] = (bucket, sums[-1][1] + cost)
    else:
        sums.append((bucket, cost))
