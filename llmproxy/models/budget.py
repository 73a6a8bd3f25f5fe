"""Budgets: so much money in a window, and what was added to one for a while."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator, validate_email
from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models import User
from accounts.ring import envelope
from llmproxy.metering.rules import ADMIT, REFUSE, BudgetRule
from llmproxy.models.configuration import Configuration, ConfigurationQuerySet, ScopedQuerySet
from llmproxy.models.scoped_rule import NAMES, ScopedRule
from llmproxy.wires.output_limits import MOST_TOKENS

NANO = 10**9
MOST_DOLLARS = Decimal(10**9)


def default_thresholds() -> list[int]:
    """Per cent at which somebody is told."""
    return [50, 80, 100]


class Budget(ScopedRule):
    """How much the calls that it is about may cost. A call has to fit into every budget that it falls under."""

    class Window(models.TextChoices):
        """When it begins anew. All in UTC."""

        DAY = "day", "each day"
        WEEK = "week", "each week, from Monday"
        MONTH = "month", "each month"
        ROLLING_DAY = "rolling_day", "any 24 hours"
        ROLLING_WEEK = "rolling_week", "any 7 days"
        ROLLING_MONTH = "rolling_month", "any 30 days"
        LIFETIME = "lifetime", "never: once and for all"

    class UnknownPrice(models.TextChoices):
        """What happens to a call whose price nobody knows."""

        REFUSE = REFUSE, "refuse the call"
        ADMIT = ADMIT, "let it pass, uncounted"

    amount = models.DecimalField(
        "US dollars",
        max_digits=18,
        decimal_places=9,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(MOST_DOLLARS)],
    )
    window = models.CharField(max_length=16, choices=Window.choices, default=Window.MONTH)
    hard = models.BooleanField(default=True, help_text="Refuses what does not fit. Otherwise it only tells.")
    unknown_price = models.CharField(
        "unknown price", max_length=16, choices=UnknownPrice.choices, default=UnknownPrice.REFUSE
    )
    default_output = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_TOKENS)],
        help_text="Tokens to hold where a call names no maximum. Empty: what the model can put out at most.",
    )
    named_only = models.BooleanField(
        "only for tokens that name it",
        default=False,
        help_text="Concerns only calls of tokens that were made for it (token exchange with “budget”): a smaller one "
        "for a job or an agent, besides all others.",
    )
    thresholds = models.JSONField(default=default_thresholds, blank=True, help_text="Per cent at which to tell.")
    alert_mails = models.JSONField("mail alerts to", default=list, blank=True)
    alert_url = models.CharField(
        "webhook for alerts", max_length=500, blank=True, validators=[URLValidator(schemes=["https", "http"])]
    )
    alert_secret_sealed = models.TextField(blank=True, editable=False)

    objects = ScopedQuerySet["Budget"].as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("organisation", "name"), name="budget_name_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="budget_not_negative"),
        )

    @property
    def alert_secret(self) -> str:
        """What webhooks are signed with. Raises UnsealError."""
        return envelope().unseal(self.alert_secret_sealed, aad=self._aad).decode() if self.alert_secret_sealed else ""

    @alert_secret.setter
    def alert_secret(self, text: str) -> None:
        self.alert_secret_sealed = envelope().seal(text.encode(), aad=self._aad) if text else ""

    @property
    def _aad(self) -> str:
        return f"llmproxy.budget.alert_secret:{self.pk}"

    @property
    def amount_nano(self) -> int:
        """Nano-dollars, without increases."""
        return int(self.amount * NANO)

    def limit_nano(self, at: datetime | None = None) -> int:
        """Nano-dollars, with what was added for a while and still holds at that time (now)."""
        added = self.increases.holding(at or timezone.now()).aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
        return self.amount_nano + int(added * NANO)

    def where(self) -> dict[str, str]:
        """One for tokens that name it is about their calls only."""
        return {**super().where(), **({"budget": str(self.pk)} if self.named_only else {})}

    def whose(self) -> str:
        """In words: whose calls it counts."""
        return f"tokens that name it, of {super().whose()}" if self.named_only else super().whose()

    def clean(self) -> None:
        """Alerts can be delivered and signed; a named one is about all calls of the tokens that name it."""
        super().clean()
        if self.named_only:
            self._clean_named()
        thresholds: Any = self.thresholds
        if not isinstance(thresholds, list) or not all(type(one) is int and 1 <= one <= 1000 for one in thresholds):
            raise ValidationError({"thresholds": "Whole numbers from 1 to 1000."})
        mails: Any = self.alert_mails
        if not isinstance(mails, list) or len(mails) > 50:
            raise ValidationError({"alert_mails": "A list of at most 50 addresses."})
        try:
            for address in mails:
                validate_email(address)
        except ValidationError as error:
            raise ValidationError({"alert_mails": error.messages}) from error
        if self.alert_url and not self.alert_secret_sealed:
            raise ValidationError({"alert_url": "A webhook needs a secret: its receiver could not know who calls."})

    def _clean_named(self) -> None:
        if self.organisation_id is None:
            raise ValidationError({"organisation": "Tokens name a budget of their own organisation: say which."})
        if narrowed := sorted(super().where().keys() - {"organisation"}):
            names = ", ".join(NAMES[name] for name in narrowed)
            raise ValidationError({"named_only": f"It is about all calls of the tokens that name it: empty {names}."})
        if set(self.per) - {"principal"}:
            raise ValidationError({"per": "A budget that tokens name may count each person or program by itself only."})

    def frozen(self) -> BudgetRule:
        """As the hot path holds it. Raises ValueError for odd values."""
        return BudgetRule(
            str(self.pk), self.name, self.scope(), self.amount_nano, self.window, self.hard, self.unknown_price,
            self.default_output, self.whose(), self.named_only,
        )  # fmt: skip


class IncreaseQuerySet(ConfigurationQuerySet["BudgetIncrease"]):
    """Increases."""

    def holding(self, at: datetime) -> "IncreaseQuerySet":
        """Approved ones that have not ended at that time."""
        return self.filter(state=BudgetIncrease.State.APPROVED, ends_at__gt=at, decided_at__lte=at)


class BudgetIncrease(Configuration):
    """More for a while: asked for by one person, decided on by another, ends by itself."""

    class State(models.TextChoices):
        """How it stands."""

        REQUESTED = "requested", "Waits for approval"
        APPROVED = "approved", "Approved"
        DENIED = "denied", "Denied"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    budget = models.ForeignKey(Budget, on_delete=models.CASCADE, related_name="increases")
    amount = models.DecimalField(
        "US dollars",
        max_digits=18,
        decimal_places=9,
        validators=[MinValueValidator(Decimal("0.000000001")), MaxValueValidator(MOST_DOLLARS)],
    )
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=16, choices=State.choices, default=State.REQUESTED, editable=False)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    requested_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)

    objects = IncreaseQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        permissions = (("decide_budgetincrease", "Approves or denies what others ask to add to a budget"),)
        constraints = (models.CheckConstraint(condition=Q(amount__gt=0), name="increase_of_something"),)

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} USD more for {self.budget} until {self.ends_at:%Y-%m-%d %H:%M}"
