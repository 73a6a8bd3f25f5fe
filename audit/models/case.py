"""Cases: events that belong to one matter, who looks after it, what was said, and how it ended. In the application's
database, as reviews are: each change leaves a record in its own transaction.
"""

from django.db import models
from uuid_utils.compat import uuid7


class ReviewCase(models.Model):
    """One matter."""

    class State(models.TextChoices):
        """How it stands."""

        OPEN = "open", "Open"
        CLOSED = "closed", "Closed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.CharField(max_length=64, blank=True)
    title = models.CharField(max_length=150)
    about = models.TextField(max_length=4000, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    owner_id = models.CharField(max_length=64)
    owner_name = models.CharField(max_length=150)
    opened_by_name = models.CharField(max_length=150)
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_by_name = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True)
    statement = models.TextField(max_length=1000, blank=True)

    class Meta:
        db_table = "audit_case"
        ordering = ("-id",)
        verbose_name = "case"

    def __str__(self) -> str:
        return self.title

    @property
    def query(self) -> str:
        """The explorer's filter that finds its events."""
        return f"case={self.pk}"


class CaseItem(models.Model):
    """One event of a case. Never taken out again: what was looked at is part of the matter."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(ReviewCase, on_delete=models.PROTECT, related_name="items")
    event_id = models.UUIDField()
    event_type = models.CharField(max_length=64)
    note = models.CharField(max_length=500, blank=True)
    added_by_name = models.CharField(max_length=150)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "audit_case_item"
        ordering = ("event_id",)
        constraints = (models.UniqueConstraint(fields=("case", "event_id"), name="one_case_item_of_an_event"),)

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"


class CaseNote(models.Model):
    """What somebody did or said in a case. Only ever added."""

    class Kind(models.TextChoices):
        """What it was."""

        OPENED = "opened", "opened it"
        NOTE = "note", "noted"
        OWNER = "owner", "gave it to"
        HELD = "held", "placed a hold on its events"
        EXPORT = "export", "asked for an export of its events"
        CLOSED = "closed", "closed it"
        REOPENED = "reopened", "opened it again"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    case = models.ForeignKey(ReviewCase, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    person_name = models.CharField(max_length=150)
    text = models.TextField(blank=True, max_length=4000)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "audit_case_note"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.person_name} {self.get_kind_display()}"
