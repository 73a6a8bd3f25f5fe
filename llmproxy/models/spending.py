"""Where the money of a budget is: spent, or leased to a process that may spend it."""

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from llmproxy.metering.scope import LONGEST_SUBJECT
from llmproxy.models.budget import Budget


class BudgetPeriod(models.Model):
    """What one subject spent out of a budget in one bucket of its window. Leases are written here before they are used.

    The ledger holds the calls themselves; this row is their sum as far as processes reported it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="periods")
    subject = models.CharField(max_length=LONGEST_SUBJECT, blank=True)
    bucket = models.BigIntegerField(help_text="When it began: Unix seconds.")
    spent_nano = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("-bucket", "subject")
        constraints = (models.UniqueConstraint(fields=("budget", "subject", "bucket"), name="budget_period_once"),)

    def __str__(self) -> str:
        return f"{self.budget} {self.subject} {self.bucket}"


class LeaseQuerySet(models.QuerySet["BudgetLease"]):
    """Leases."""

    def expired(self) -> "LeaseQuerySet":
        """Those whose process was not heard of for so long that it may spend no more of them."""
        return self.filter(expires_at__lt=timezone.now())


class BudgetLease(models.Model):
    """What a process holds of a period: it may spend so much without asking, and nobody else may.

    Attributes:
        worker: the process's own id; `writer`: that of its audit spool, by which its calls are found in the ledger.
        amount_nano: held and not reported as spent.
        reported_nano: what it reported as spent, in all.
    """

    period = models.ForeignKey(BudgetPeriod, on_delete=models.CASCADE, related_name="leases")
    worker = models.UUIDField()
    writer = models.UUIDField()
    amount_nano = models.BigIntegerField(default=0)
    reported_nano = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField()

    objects = LeaseQuerySet.as_manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("period", "worker"), name="budget_lease_once"),)
        indexes = (models.Index(fields=("expires_at",), name="lease_by_end"),)

    def __str__(self) -> str:
        return f"{self.worker} of {self.period}"


class BudgetAlert(models.Model):
    """A threshold that was reached: told once for each subject and period."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="alerts")
    subject = models.CharField(max_length=LONGEST_SUBJECT, blank=True)
    bucket = models.BigIntegerField()
    threshold = models.PositiveIntegerField(help_text="Per cent.")
    spent_nano = models.BigIntegerField()
    limit_nano = models.BigIntegerField()
    raised_at = models.DateTimeField(auto_now_add=True)
    told_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("budget", "subject", "bucket", "threshold"), name="budget_alert_once"),
        )

    def __str__(self) -> str:
        return f"{self.budget}: {self.threshold} % reached"
