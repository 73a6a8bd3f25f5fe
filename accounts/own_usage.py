"""What a person used himself: with his tokens, and with the keys that he made.

Copies of calls (hedges, shadows) are in the tokens and the cost, and not among the calls, as in the ledger.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from accounts.models import ApiKey, User
from audit.catalogue import CALLS_OVER, COPIES_OVER
from audit.models import RollUp
from audit.models.rollup import DAY


class Used(NamedTuple):
    """A line: of a day, or of a model. `cost_nano` in 1e-9 of the currency of prices."""

    name: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost_nano: int
    unpriced: int

    @property
    def cost(self) -> float:
        """In whole units."""
        return self.cost_nano / 1e9


class Usage(NamedTuple):
    """Of a number of days up to today."""

    total: Used
    days: list[Used]
    models: list[Used]


def usage_of(user: User, days: int) -> Usage:
    """Of the last `days` days, today included; days without a call are left out."""
    today = timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = _rows(user, today - timedelta(days=days - 1))
    by_day = sorted((_used(f"{line['start']:%Y-%m-%d}", line) for line in _summed(rows, "start")), reverse=True)
    by_model = sorted((_used(line["model"], line) for line in _summed(rows, "model")), key=lambda one: -one.calls)
    return Usage(_total(by_day), by_day, by_model)


def _rows(user: User, since: datetime) -> "QuerySet[RollUp]":
    keys = [str(pk) for pk in ApiKey.objects.filter(created_by=user).values_list("pk", flat=True)]
    mine = Q(actor_id=user.subject) | Q(key_id__in=keys)
    within = Q(organisation_id__in=user.organisation_ids()) if not user.is_superuser else Q()
    rows = RollUp.objects.using(settings.AUDIT_DB_ALIAS)
    return rows.filter(mine & within, width=DAY, start__gte=since, type__in=(*CALLS_OVER, *COPIES_OVER))


def _summed(rows: "QuerySet[RollUp]", by: str) -> list[dict[str, Any]]:
    calls = Q(type__in=CALLS_OVER)
    sums = {
        "calls": Sum("events", filter=calls), "sent": Sum("tokens_in"), "got": Sum("tokens_out"),
        "nano": Sum("cost_nano"), "unpriced": Sum(F("events") - F("priced"), filter=calls),
    }  # fmt: skip
    return [dict(line) for line in rows.values(by).annotate(**sums)]


def _used(name: str, line: Mapping[str, Any]) -> Used:
    return Used(name, *(int(line[sum_] or 0) for sum_ in ("calls", "sent", "got", "nano", "unpriced")))


def _total(lines: list[Used]) -> Used:
    columns = zip(*(line[1:] for line in lines), strict=True) if lines else [(0,)] * 5
    return Used("all", *(sum(column) for column in columns))
