"""Evidence that somebody asked to take away."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from audit.actions.second_person import holds

READ = "audit.read_content"
KEPT = timedelta(days=7)
STALLED = timedelta(minutes=10)


class ExportJobQuerySet(models.QuerySet["ExportJob"]):
    """Jobs."""

    def overdue(self) -> "ExportJobQuerySet":
        """Whose files are to be deleted."""
        return self.filter(state=ExportJob.State.READY, expires_at__lte=timezone.now())

    def to_build(self) -> "ExportJobQuerySet":
        """Approved, or being built by a worker that was not heard of for ten minutes."""
        dead = models.Q(state=ExportJob.State.BUILDING, touched_at__lt=timezone.now() - STALLED)
        return self.filter(models.Q(state=ExportJob.State.APPROVED) | dead)


class ExportJob(models.Model):
    """Asked for, approved by a second person, built, downloaded, deleted: each step is on record."""

    class Format(models.TextChoices):
        """What is built."""

        BUNDLE = "bundle", "Evidence with proofs (bundle)"
        JSONL = "jsonl", "Records, one a line (JSONL)"
        CSV = "csv", "Table for a spreadsheet (CSV)"
        PARQUET = "parquet", "Table for analysis (Parquet)"
        OCSF = "ocsf", "OCSF events, one a line"
        CLOUDEVENTS = "cloudevents", "CloudEvents batch"
        SYSLOG = "syslog", "Syslog messages (RFC 5424)"

    class State(models.TextChoices):
        """How it stands."""

        REQUESTED = "requested", "Waits for approval"
        DENIED = "denied", "Denied"
        APPROVED = "approved", "Waits for a worker"
        BUILDING = "building", "Being built"
        READY = "ready", "Ready"
        FAILED = "failed", "Failed"
        EXPIRED = "expired", "Deleted after its time"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.CharField(max_length=64, blank=True)
    format = models.CharField(max_length=16, choices=Format.choices)
    query = models.CharField(max_length=2000, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=500)
    with_content = models.BooleanField(default=False)
    state = models.CharField(max_length=16, choices=State.choices, default=State.REQUESTED)
    requested_by = models.CharField(max_length=64)
    requested_by_name = models.CharField(max_length=150)
    requested_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_by_name = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=500, blank=True)
    touched_at = models.DateTimeField(auto_now=True)
    percent = models.SmallIntegerField(default=0)
    events = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    expires_at = models.DateTimeField(null=True)
    downloads = models.IntegerField(default=0)

    objects = ExportJobQuerySet.as_manager()

    class Meta:
        db_table = "audit_export_job"
        ordering = ("-id",)
        verbose_name = "export"
        permissions = (("decide_exportjob", "Approves or denies what others ask to export"),)

    def __str__(self) -> str:
        return f"{self.get_format_display()}, {self.get_state_display().lower()}"

    @property
    def path(self) -> Path:
        """Where its file lies. The name holds nothing that somebody chose."""
        return Path(settings.AUDIT_EXPORTS) / f"{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether something is still going to happen by itself."""
        return self.state in (self.State.APPROVED, self.State.BUILDING)

    def may_be_decided_by(self, user: Any) -> bool:
        """A second person, who holds the permission in the job's organisation. `user` is a row of AUTH_USER_MODEL."""
        if self.state != self.State.REQUESTED or str(user.pk) == self.requested_by:
            return False
        if self.with_content and not holds(user, READ, self.organisation_id):
            return False
        return may(user, "audit.decide_exportjob", self.organisation_id)

    def may_be_downloaded_by(self, user: Any) -> bool:
        """Who asked for it or approved it, while there is a file and the role is still held."""
        if self.state != self.State.READY or self.expires_at is None or self.expires_at <= timezone.now():
            return False
        own = str(user.pk) in (self.requested_by, self.decided_by)
        if self.with_content and not holds(user, READ, self.organisation_id):
            return False
        return own and may(user, "audit.view_exportjob", self.organisation_id)


def may(user: Any, permission: str, organisation_id: str) -> bool:
    """Whether a role in that organisation allows it; what is of no organisation is for superusers."""
    if user.is_superuser:
        return True
    held = user.organisation_ids_with(permission) if hasattr(user, "organisation_ids_with") else []
    return bool(organisation_id) and organisation_id in held
