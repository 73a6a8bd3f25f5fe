"""Rules by which answers are kept for exactly the same question. Without a rule nothing is."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from uuid_utils.compat import uuid7

from accounts.models import Organisation
from llmproxy.caching.rule import CacheRule
from llmproxy.models.configuration import Configuration, ScopedQuerySet
from llmproxy.models.route import Route

DAY = 24 * 3600
KILOBYTE, MEGABYTE = 1024, 1024 * 1024


class SharedWithin(models.TextChoices):
    """Whose answers one may get."""

    ORGANISATION = "organisation", "the whole organisation"
    TEAM = "team", "the caller's team"
    PRINCIPAL = "principal", "the caller alone"


class ResponseCache(Configuration):
    """One organisation's rule, for one of its routes or for all that have none of their own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="response_caches")
    route = models.ForeignKey(
        Route,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="response_caches",
        help_text="Empty: all routes that have no rule of their own.",
    )
    shared_within = models.CharField(
        "answers are shared within",
        max_length=16,
        choices=SharedWithin,
        default=SharedWithin.PRINCIPAL,
        help_text="Who asks the same gets the same answer, also where somebody else asked first.",
    )
    ttl_seconds = models.PositiveIntegerField(
        "kept for",
        default=3600,
        validators=[MinValueValidator(1), MaxValueValidator(30 * DAY)],
        help_text="Seconds, at most 30 days.",
    )
    largest_bytes = models.PositiveIntegerField(
        "largest answer",
        default=MEGABYTE,
        validators=[MinValueValidator(KILOBYTE), MaxValueValidator(16 * MEGABYTE)],
        help_text="Bytes. Longer answers are not kept.",
    )
    total_bytes = models.PositiveIntegerField(
        "all answers together",
        default=64 * MEGABYTE,
        validators=[MinValueValidator(KILOBYTE), MaxValueValidator(1024 * MEGABYTE)],
        help_text="Bytes, of all of the organisation's. Those that expire next make room.",
    )
    enabled = models.BooleanField(default=True)
    generation = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet["ResponseCache"].as_manager()

    class Meta:
        verbose_name = "response cache"
        ordering = ("organisation", "route")
        constraints = (
            models.UniqueConstraint(fields=("organisation", "route"), name="response_cache_once"),
            models.UniqueConstraint(
                fields=("organisation",),
                condition=models.Q(route__isnull=True),
                name="response_cache_for_all_once",
                violation_error_message="There is a rule for all routes of this organisation already.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation}: {self.route or 'all routes'}"

    def clean(self) -> None:
        """The route is one that the organisation uses."""
        owner = self.route.organisation_id if self.route is not None else None
        if owner is not None and owner != self.organisation_id:
            raise ValidationError({"route": "This route belongs to another organisation."})
        if self.largest_bytes and self.total_bytes and self.largest_bytes > self.total_bytes:
            raise ValidationError({"largest_bytes": "One answer cannot be larger than all of them together."})

    def empty(self) -> None:
        """Nothing that was kept so far is given again; in force within a second, like any change of configuration."""
        self.generation += 1
        self.save(update_fields=("generation",))

    def frozen(self) -> CacheRule:
        """As the hot path holds it."""
        return CacheRule(
            str(self.pk), self.generation, self.shared_within, self.ttl_seconds, self.largest_bytes, self.total_bytes
        )
