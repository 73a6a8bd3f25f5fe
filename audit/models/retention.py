"""How long evidence is kept, what may not go whatever its age, and whose content was asked to go."""

from typing import Any

from django.db import models
from uuid_utils.compat import uuid7


class Decided(models.Model):
    """Asked for by one person, decided by another."""

    class State(models.TextChoices):
        """How it stands."""

        REQUESTED = "requested", "Waits for a second person"
        APPROVED = "approved", "Approved"
        DENIED = "denied", "Denied"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=16, choices=State.choices, default=State.REQUESTED)
    requested_by = models.CharField(max_length=64)
    requested_by_name = models.CharField(max_length=150)
    requested_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_by_name = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_note = models.CharField(max_length=500, blank=True)

    class Meta:
        abstract = True


class RetentionPolicy(Decided):
    """For how many days a class of events (of all), or content (of an organisation, or of all), is kept."""

    retention_class = models.CharField(max_length=32)
    days = models.PositiveIntegerField()

    class Meta:
        db_table = "audit_retention_policy"
        ordering = ("-id",)
        verbose_name = "retention policy"
        verbose_name_plural = "retention policies"
        permissions = (("decide_retention", "Decides on shorter retention, released holds and erased people"),)

    def __str__(self) -> str:
        return f"{self.retention_class}: {self.days} days"


class LegalHold(Decided):
    """What may not go: events of a search and everything of the same calls, what was said in them included.

    It holds from the moment it is placed; `state` is about its release.
    """

    name = models.CharField(max_length=100)
    query = models.CharField(max_length=2000, blank=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    ticket = models.CharField(max_length=100, blank=True)
    placed_by_name = models.CharField(max_length=150)
    placed_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_legal_hold"
        ordering = ("-id",)
        verbose_name = "legal hold"

    def __str__(self) -> str:
        return self.name

    @property
    def is_in_force(self) -> bool:
        """Whether it still holds."""
        return self.released_at is None


class SubjectRequest(Decided):
    """Somebody's content is to be destroyed. The person is kept as a pseudonym, not by name."""

    class Outcome(models.TextChoices):
        """What became of it after its approval."""

        WAITING = "", "Waits to be carried out"
        HELD = "held", "Waits for a legal hold to end"
        DONE = "done", "Carried out"

    subject_ref = models.CharField(max_length=64)
    other_refs = models.JSONField(default=list)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    keys_destroyed = models.PositiveIntegerField(default=0)
    carried_out_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_subject_request"
        ordering = ("-id",)
        verbose_name = "subject request"

    def __str__(self) -> str:
        return self.subject_ref[:16]

    @property
    def refs(self) -> list[str]:
        """The person's pseudonyms under every key of the installation."""
        return [self.subject_ref, *self.other_refs]


def standing(row: Any) -> str:
    """The words for a request's state and, once approved, its outcome."""
    if isinstance(row, SubjectRequest) and row.state == Decided.State.APPROVED:
        return str(SubjectRequest.Outcome(row.outcome).label)
    return str(row.get_state_display())
