"""Limits: so many requests, tokens or parallel calls."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from llmproxy.metering.rules import ADMIT, PARALLEL, REFUSE, REQUESTS, TOKENS, LimitRule
from llmproxy.models.configuration import ScopedQuerySet
from llmproxy.models.scoped_rule import ScopedRule

HIGHEST = 10**12


class Limit(ScopedRule):
    """How much the calls that it is about may use in a sliding window, exact over all processes."""

    class Unit(models.TextChoices):
        """What is counted."""

        REQUESTS = REQUESTS, "Requests"
        TOKENS = TOKENS, "Tokens"
        PARALLEL = PARALLEL, "Parallel calls"

    class Window(models.TextChoices):
        """In how long."""

        MINUTE = "minute", "a minute"
        HOUR = "hour", "an hour"
        DAY = "day", "a day"

    class Away(models.TextChoices):
        """What happens while the shared store cannot be asked."""

        REFUSE = REFUSE, "refuse calls"
        ADMIT = ADMIT, "let calls pass"

    unit = models.CharField(max_length=16, choices=Unit.choices, default=Unit.REQUESTS)
    amount = models.PositiveBigIntegerField(validators=[MinValueValidator(1), MaxValueValidator(HIGHEST)])
    window = models.CharField(
        max_length=16, choices=Window.choices, blank=True, default=Window.MINUTE, help_text="Empty for parallel calls."
    )
    shadow = models.BooleanField(
        default=False, help_text="Refuses nobody: what it would have refused is put on record."
    )
    when_away = models.CharField("while the store is away", max_length=16, choices=Away.choices, default=Away.REFUSE)

    objects = ScopedQuerySet["Limit"].as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=("organisation", "name"), name="limit_name_once"),
            models.CheckConstraint(condition=models.Q(amount__gte=1), name="limit_of_something"),
            models.CheckConstraint(
                condition=models.Q(unit=PARALLEL, window="") | (~models.Q(unit=PARALLEL) & ~models.Q(window="")),
                name="limit_window_where_needed",
            ),
        )

    def clean(self) -> None:
        """Parallel calls have no window, everything else has one."""
        if self.unit == PARALLEL:
            self.window = ""
        elif not self.window:
            raise ValidationError({"window": "Say in how long."})
        super().clean()

    def frozen(self) -> LimitRule:
        """As the hot path holds it. Raises ValueError for odd values."""
        return LimitRule(
            str(self.pk), self.name, self.scope(), self.unit, self.amount, self.window, self.shadow, self.when_away,
            self.whose(),
        )  # fmt: skip
