"""Review: queues, what lies in them, and what was decided. In the application's database: each change leaves a record
in its own transaction. Events are named by id: no foreign keys into the log.
"""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7


class Verdict(models.TextChoices):
    """What a reviewer may say."""

    FINE = "fine", "Fine"
    VIOLATION = "violation", "Violation"
    FALSE_ALARM = "false_alarm", "False alarm"
    UNCLEAR = "unclear", "Unclear"


class ReviewQueue(models.Model):
    """Which events are to be looked at, and by how many people."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.CharField(
        max_length=64, blank=True, help_text="Whose events. Empty: of every organisation; only for superusers."
    )
    name = models.CharField(max_length=100)
    query = models.CharField(
        max_length=2000,
        blank=True,
        help_text="A search of the events explorer: what stands after “?” in its address. Empty: every event.",
    )
    sample_percent = models.DecimalField(
        max_digits=5,
        decimal_places=2,
        default=100,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="How many of the events that match, drawn by the hash of their id: nobody can choose which.",
    )
    rubric = models.TextField(blank=True, help_text="What reviewers look for; shown beside each item.")
    reviewers_per_item = models.PositiveSmallIntegerField(
        default=1, choices=((1, "one"), (2, "two: the second is never the first"))
    )
    reservation_minutes = models.PositiveSmallIntegerField(
        default=15, validators=[MinValueValidator(1), MaxValueValidator(480)]
    )
    fed_up_to = models.BigIntegerField(default=-1, editable=False, help_text="The last leaf that was considered.")
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "audit_review_queue"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """The search must be one."""
        # Here: the explorer's filters read models, which are not there yet while this module loads.
        from audit.review.filters import BadFilter, filters_of

        try:
            filters_of(self.query)
        except BadFilter as error:
            raise ValidationError({"query": str(error)}) from error


class ReviewItem(models.Model):
    """One event that is to be looked at."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "Waiting"
        SECOND = "second", "Waiting for a second reviewer"
        DISPUTED = "disputed", "Reviewers disagree"
        DECIDED = "decided", "Decided"

    OPEN = (State.WAITING, State.SECOND, State.DISPUTED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    queue = models.ForeignKey(ReviewQueue, on_delete=models.PROTECT, related_name="items")
    organisation_id = models.CharField(max_length=64, blank=True)
    event_id = models.UUIDField()
    event_type = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    verdict = models.CharField(max_length=16, choices=Verdict.choices, blank=True)
    assigned_to = models.CharField(max_length=64, blank=True, help_text="Only this person may take it; empty: anybody.")
    reserved_by = models.CharField(max_length=64, blank=True)
    reserved_by_name = models.CharField(max_length=150, blank=True)
    reserved_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "audit_review_item"
        ordering = ("created_at", "id")
        constraints = (models.UniqueConstraint(fields=("queue", "event_id"), name="one_item_of_an_event"),)
        indexes = (models.Index(fields=("queue", "state", "id"), name="item_by_state"),)
        permissions = (
            ("give_verdict", "Can review events and give verdicts"),
            ("lead_reviews", "Can make queues, assign items and settle disputes"),
        )

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id}"

    def is_reserved(self, now: datetime | None = None) -> bool:
        """Somebody is looking at it."""
        return (
            bool(self.reserved_by) and self.reserved_until is not None and self.reserved_until > (now or timezone.now())
        )

    def is_reserved_by(self, person_id: str) -> bool:
        """This person is looking at it."""
        return self.is_reserved() and self.reserved_by == person_id

    def may_be_judged_by(self, person_id: str, *, lead: bool) -> bool:
        """The second reviewer is never the first; a dispute is settled by a lead who took no part in it."""
        if self.state == self.State.DECIDED or (self.assigned_to and self.assigned_to != person_id):
            return False
        if self.state == self.State.DISPUTED and not lead:
            return False
        return not self.was_judged_by(person_id)

    def was_judged_by(self, person_id: str) -> bool:
        """This person gave a verdict already."""
        return self.actions.filter(kind=ReviewAction.Kind.VERDICT, person_id=person_id).exists()

    def reserve(self, person_id: str, name: str) -> None:
        """Note who looks at it, for as long as the queue says."""
        self.reserved_by, self.reserved_by_name = person_id, name[:150]
        self.reserved_until = timezone.now() + timedelta(minutes=self.queue.reservation_minutes)

    def judge(self, verdict: str) -> None:
        """Move on after a verdict: the first, the second that agrees or not, or the lead's."""
        first_of_two = self.state == self.State.WAITING and self.queue.reviewers_per_item == 2
        disagrees = self.state == self.State.SECOND and verdict != self.verdict
        if first_of_two:
            self.state = self.State.SECOND
        else:
            self.state = self.State.DISPUTED if disagrees else self.State.DECIDED
        if not disagrees:
            self.verdict = verdict
        self.decided_at = timezone.now() if self.state == self.State.DECIDED else None
        self.assigned_to = self.reserved_by = self.reserved_by_name = ""
        self.reserved_until = None


class ReviewAction(models.Model):
    """What somebody did with an item. Only ever added."""

    class Kind(models.TextChoices):
        """What it was."""

        VERDICT = "verdict", "gave a verdict"
        COMMENT = "comment", "commented"
        ASSIGNED = "assigned", "assigned it"
        ESCALATED = "escalated", "escalated it"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    item = models.ForeignKey(ReviewItem, on_delete=models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    person_id = models.CharField(max_length=64)
    person_name = models.CharField(max_length=150)
    verdict = models.CharField(max_length=16, choices=Verdict.choices, blank=True)
    comment = models.TextField(blank=True, max_length=4000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "audit_review_action"
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.person_name} {self.get_kind_display()}"
