"""Alert rules (a search over events, how often, within which time), and the alerts that they raised.

In the application's database: each change leaves a record in its own transaction.
"""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator, validate_email
from django.db import models
from uuid_utils.compat import uuid7

from audit.outside import outside

MOST_MAILS = 50
MOST_EVENTS = 10_000


class AlertRule(models.Model):
    """What is worth telling somebody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation_id = models.CharField(
        max_length=64, blank=True, help_text="Whose events. Empty: of every organisation; only for superusers."
    )
    name = models.CharField(max_length=100)
    query = models.CharField(
        max_length=2000,
        help_text="A search of the events explorer: what stands after “?” in its address; type=auth.login.failed",
    )
    at_least = models.PositiveIntegerField(
        "so many events",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_EVENTS)],
        help_text="1: the first one tells.",
    )
    window_minutes = models.PositiveIntegerField(
        "within so many minutes", default=10, validators=[MinValueValidator(1), MaxValueValidator(10_080)]
    )
    mails = models.TextField("mail to", blank=True, max_length=4000, help_text="One address a line.")
    url = models.CharField(
        "webhook",
        max_length=500,
        blank=True,
        validators=[URLValidator(schemes=["https", "http"])],
        help_text="Called with what happened, signed (Standard Webhooks).",
    )
    secret_sealed = models.TextField(blank=True, editable=False)
    enabled = models.BooleanField(default=True)
    examined_up_to = models.BigIntegerField(default=-1, editable=False, help_text="The last leaf that was considered.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "audit_alert_rule"
        ordering = ("name",)
        verbose_name = "alert rule"

    def __str__(self) -> str:
        return self.name

    @property
    def addresses(self) -> Sequence[str]:
        """Whom a letter goes to."""
        return [line.strip() for line in self.mails.splitlines() if line.strip()]

    @property
    def secret(self) -> str:
        """Empty where there is none. Raises ValueError: it cannot be opened."""
        return outside().unseal(self.secret_sealed, self._aad) if self.secret_sealed else ""

    @secret.setter
    def secret(self, text: str) -> None:
        self.secret_sealed = outside().seal(text, self._aad) if text else ""

    @property
    def _aad(self) -> str:
        return f"audit.alert_rule.secret:{self.pk}"

    def clean(self) -> None:
        """The search must be one, addresses must be such, and a webhook needs a secret."""
        # Here: the explorer's filters read models, which are not there yet while this module loads.
        from audit.review.filters import BadFilter, filters_of

        try:
            given = filters_of(self.query).given
        except BadFilter as error:
            raise ValidationError({"query": str(error)}) from error
        if not given:
            raise ValidationError({"query": "Name at least one filter, such as outcome=denied."})
        if len(self.addresses) > MOST_MAILS:
            raise ValidationError({"mails": f"At most {MOST_MAILS} addresses."})
        try:
            for address in self.addresses:
                validate_email(address)
        except ValidationError as error:
            raise ValidationError({"mails": error.messages}) from error
        if self.url and not self.secret_sealed:
            raise ValidationError({"url": "A webhook needs a secret: its receiver could not know who calls."})


class Alert(models.Model):
    """What a rule found. While one of a rule is not closed, what it finds more is counted in it."""

    class State(models.TextChoices):
        """How far somebody is with it."""

        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Somebody looks at it"
        CLOSED = "closed", "Closed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="alerts")
    organisation_id = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    events = models.BigIntegerField(default=0)
    first_event = models.UUIDField()
    last_event = models.UUIDField()
    last_leaf = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    raised_at = models.DateTimeField(auto_now_add=True)
    acknowledged_by_name = models.CharField(max_length=150, blank=True)
    acknowledged_at = models.DateTimeField(null=True)
    closed_by_name = models.CharField(max_length=150, blank=True)
    closed_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, blank=True)
    told_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        db_table = "audit_alert"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("rule",), condition=~models.Q(state="closed"), name="one_alert_of_a_rule_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule}: {self.events:,} events"
