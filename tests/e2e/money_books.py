"""Run inside an installation: the books as JSON. What is spent and leased, what the ledger holds, when calls came."""

import json
import os
from collections import Counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.db.models import Sum  # noqa: E402

from audit.models import SpoolWriterRow, TreeState  # noqa: E402
from llmproxy.models import Budget, BudgetLease, BudgetPeriod, LedgerCursor, LedgerEntry  # noqa: E402

with transaction.atomic():
    budgets = {}
    for budget in Budget.objects.all():
        subjects = {}
        for period in BudgetPeriod.objects.filter(budget=budget):
            leased = BudgetLease.objects.filter(period=period).aggregate(sum=Sum("amount_nano"))["sum"] or 0
            subjects[period.subject] = {"spent": period.spent_nano, "leased": leased}
        budgets[budget.name] = {"limit": budget.limit_nano(), "subjects": subjects}
    users = dict(LedgerEntry.objects.values_list("end_user").annotate(sum=Sum("charged_nano")))
    calls = [
        {
            "model": entry.model, "user": entry.end_user, "at": entry.at.timestamp(),
            "ended": entry.ended_at.timestamp(), "tokens": entry.tokens_in + entry.tokens_out,
        }
        for entry in LedgerEntry.objects.filter(kind="call").order_by("at")
    ]  # fmt: skip
    cursor = LedgerCursor.objects.filter(pk=1).first()
    writers = SpoolWriterRow.objects.using(settings.AUDIT_DB_ALIAS)
    open_writers = {str(pk) for pk in writers.filter(ended_at=None).values_list("pk", flat=True)}
    leases = [
        {"writer": str(lease.writer), "amount": lease.amount_nano, "ends": lease.expires_at.timestamp()}
        for lease in BudgetLease.objects.all()
    ]
print("BOOKS" + json.dumps({
    "budgets": budgets, "users": users, "charged": sum(users.values()), "calls": calls, "leases": leases,
    "read": 0 if cursor is None else cursor.next_leaf, "log": TreeState.newest_leaf() + 1,
    "alive": sorted(open_writers),
    "kinds": dict(Counter(LedgerEntry.objects.values_list("kind", flat=True))),
    "outcomes": dict(Counter(LedgerEntry.objects.values_list("outcome", flat=True))),
}))  # fmt: skip
