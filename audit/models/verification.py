"""What checks of the whole log found, and when."""

from datetime import timedelta

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

STALLED = timedelta(minutes=10)


class VerificationRun(models.Model):
    """One check of the live log. A row is written when it is asked for, and says how far it is."""

    class State(models.TextChoices):
        """How it stands."""

        WAITING = "waiting", "Waiting for a worker"
        RUNNING = "running", "Running"
        HOLDS = "holds", "Everything holds"
        BROKEN = "broken", "Something is wrong"
        FAILED = "failed", "Could not be checked"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    columns = models.BooleanField(default=False)
    asked_by = models.CharField(max_length=150, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)
    ended_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0)
    checked = models.BigIntegerField(default=0)
    events = models.BigIntegerField(default=0)
    findings = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    more = models.IntegerField(default=0)

    class Meta:
        db_table = "audit_verification"
        ordering = ("-id",)
        verbose_name = "verification"

    def __str__(self) -> str:
        return f"{self.get_state_display()}, {self.events} events"

    @property
    def is_open(self) -> bool:
        """Whether a result is still to come. A run of which nothing was heard for ten minutes is dead."""
        unfinished = self.state in (self.State.WAITING, self.State.RUNNING)
        return unfinished and timezone.now() - self.touched_at < STALLED

    @property
    def percent(self) -> int:
        """How far it is: the columns are the second half, where they are compared."""
        whole = self.size * (2 if self.columns else 1)
        return min(100, self.checked * 100 // whole) if whole else 0
