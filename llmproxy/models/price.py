"""Prices: rows with a time from which, and perhaps to which, they hold. Old ones stay: they priced calls."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from uuid_utils.compat import uuid7

from llmproxy.models.configuration import Configuration, ConfigurationQuerySet
from llmproxy.models.deployment import ModelDeployment
from llmproxy.models.facts import ModelFacts
from llmproxy.pricing import Price as Frozen
from llmproxy.pricing import Rates, Tier
from llmproxy.pricing.published import CLASSES, HIGHEST

NANO = Decimal(10**9)
MANUAL = "manual"
UNITS = ("image", "minute", "characters", "document")


def _dollars(name: str, help_text: str = "") -> "models.DecimalField[Any, Any]":
    return models.DecimalField(
        name,
        max_digits=18,
        decimal_places=9,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=help_text,
    )


class PriceQuerySet(ConfigurationQuerySet["Price"]):
    """Prices at a time."""

    def holding(self, at: datetime) -> "PriceQuerySet":
        """Those that hold at that time."""
        return self.filter(valid_from__lte=at).filter(Q(valid_to__isnull=True) | Q(valid_to__gt=at))


class Price(Configuration):
    """US dollars per million tokens, by class. Empty is unknown, and never counts as 0."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    facts = models.ForeignKey(
        ModelFacts, on_delete=models.CASCADE, null=True, blank=True, related_name="prices", verbose_name="known model"
    )
    deployment = models.ForeignKey(
        ModelDeployment,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="prices",
        verbose_name="model",
        help_text="A price of your own for one model; it goes before the published one.",
    )
    input = _dollars("input", "US dollars per million tokens. Empty: unknown.")
    cached = _dollars("cached input", "Empty: as other input.")
    cache_write = _dollars("input written to the cache", "Empty: as other input.")
    output = _dollars("output", "Empty: unknown.")
    reasoning = _dollars("reasoning", "Empty: as other output.")
    request = models.DecimalField(
        "per call", max_digits=18, decimal_places=9, default=Decimal(0), validators=[MinValueValidator(Decimal(0))]
    )
    image = _dollars("image", "US dollars an image.")
    minute = _dollars("minute of sound", "US dollars a minute.")
    characters = _dollars("characters", "US dollars per million characters, of text that is spoken.")
    document = _dollars("document", "US dollars a document, where documents are ranked.")
    batch_percent = models.PositiveSmallIntegerField(
        "batch, per cent",
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text="Of the price, for calls with service_tier “batch” or “flex”. Empty: the same price.",
    )
    tiers = models.JSONField(
        default=dict, blank=True, help_text='Above so many input tokens, such as {"200000": {"input": "2.50"}}.'
    )
    valid_from = models.DateTimeField(default=timezone.now)
    valid_to = models.DateTimeField(null=True, blank=True, help_text="Empty: until further notice.")
    source = models.CharField(max_length=32, default=MANUAL, editable=False)
    source_version = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PriceQuerySet.as_manager()

    class Meta:
        ordering = ("-valid_from",)
        indexes = (models.Index(fields=("valid_to", "valid_from"), name="price_validity"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(facts__isnull=True, deployment__isnull=False)
                | Q(facts__isnull=False, deployment__isnull=True),
                name="price_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")), name="price_ends_later"
            ),
        )

    def __str__(self) -> str:
        return f"{self.facts or self.deployment} from {self.valid_from:%Y-%m-%d}"

    def clean(self) -> None:
        """It is of one thing, ends after it begins, and its tiers can be read."""
        if (self.facts_id is None) == (self.deployment_id is None):
            raise ValidationError("Name either a known model or a model of your own.")
        if self.valid_to is not None and self.valid_from is not None and self.valid_to <= self.valid_from:
            raise ValidationError({"valid_to": "It ends before it begins."})
        try:
            self.frozen()
        except (ArithmeticError, ValueError, TypeError, AttributeError) as error:
            message = 'An object such as {"200000": {"input": "2.50", "output": "15"}}.'
            raise ValidationError({"tiers": message}) from error

    def frozen(self) -> Frozen:
        """As the hot path holds it. Raises ArithmeticError, ValueError, TypeError, AttributeError for odd tiers."""
        base = {name: getattr(self, name) for name in CLASSES}
        fixed: dict[str, Any] = {name: _nano(getattr(self, name)) for name in UNITS}
        fixed |= {"request": int(self.request * NANO), "batch_percent": self.batch_percent}
        tiers = tuple(Tier(int(above), _rates({**base, **_decimals(own)}, fixed)) for above, own in self.tiers.items())
        return Frozen(str(self.pk), _rates(base, fixed), tiers)


def _rates(prices: dict[str, Decimal | None], fixed: dict[str, Any]) -> Rates:
    classes: dict[str, Any] = {name: _nano(value) for name, value in prices.items()}
    return Rates(**classes, **fixed)


def _nano(value: Decimal | None) -> int | None:
    return None if value is None else int(Decimal(value) * NANO)


def _decimals(own: dict[str, str]) -> dict[str, Decimal | None]:
    found: dict[str, Decimal | None] = {}
    for name, value in own.items():
        price = Decimal(str(value))
        if name not in CLASSES or not (price.is_finite() and 0 <= price <= HIGHEST):
            raise ValueError(name)
        found[name] = price
    return found
