"""Routes: the model names that applications use, and how they lead to deployments."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from uuid_utils.compat import uuid7

from accounts.models import Organisation
from llmproxy.models.configuration import Configuration, ScopedQuerySet
from llmproxy.models.deployment import ModelDeployment
from llmproxy.models.kinds import kind_choices, sticky_choices, strategy_choices
from llmproxy.models.rules import checked_rule
from llmproxy.routing.policy import MOST_ATTEMPTS
from llmproxy.routing.requirements import requirements

TIMEOUTS = ("connect_timeout", "first_byte_timeout", "between_chunks_timeout", "total_timeout")


def _seconds(name: str) -> "models.FloatField[Any, Any]":
    limits = [MinValueValidator(0.05), MaxValueValidator(3600)]
    return models.FloatField(
        name, null=True, blank=True, validators=limits, help_text="Seconds. Empty: the provider's."
    )


class Route(Configuration):
    """A public model name. An organisation's own route goes before a shared one of the same name."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="routes",
        help_text="Empty: shared by all organisations.",
    )
    public_name = models.CharField(max_length=200, help_text="What applications send as “model”.")
    kind = models.CharField(max_length=32, choices=kind_choices, default="chat")
    is_default = models.BooleanField(default=False, help_text="Used where a call names no model (/v1/analyzing).")
    enabled = models.BooleanField(default=True)
    strategy = models.CharField(
        max_length=16, choices=strategy_choices, default="priority", help_text="Among deployments of one priority."
    )
    requirements = models.JSONField(
        default=dict,
        blank=True,
        help_text='What every deployment must meet, such as {"regions": ["eu"], "data": ["no_training"]}.',
    )
    sticky = models.CharField(
        "keep together",
        max_length=16,
        choices=sticky_choices,
        default="",
        blank=True,
        help_text="Calls that go to the same deployment as long as it is well.",
    )
    max_attempts = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ATTEMPTS)],
        help_text="Of one call, before the first byte of an answer, fallbacks included.",
    )
    hedge_after = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.05), MaxValueValidator(600)],
        help_text="Seconds without an answer after which the next deployment is asked as well; both may charge. "
        "Only for calls that are not streamed. Empty: never.",
    )
    connect_timeout = _seconds("connect timeout")
    first_byte_timeout = _seconds("first byte timeout")
    between_chunks_timeout = _seconds("between chunks timeout")
    total_timeout = _seconds("total timeout")
    deployments = models.ManyToManyField(ModelDeployment, through="RouteDeployment", related_name="routes")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet["Route"].as_manager()

    class Meta:
        ordering = ("public_name",)
        constraints = (
            models.UniqueConstraint(fields=("organisation", "public_name"), name="route_name_once"),
            models.UniqueConstraint(
                fields=("public_name",),
                condition=models.Q(organisation__isnull=True),
                name="shared_route_name_once",
                violation_error_message="There is a shared route of this name already.",
            ),
        )

    def __str__(self) -> str:
        return self.public_name

    def clean(self) -> None:
        """The name can be sent and shown, the requirements can be met by something."""
        if not self.public_name.isprintable() or self.public_name != self.public_name.strip():
            raise ValidationError({"public_name": "Printable characters, no spaces at the ends."})
        self.requirements = {} if self.requirements is None else self.requirements
        checked_rule("requirements", requirements, self.requirements)
        if self.is_default and (other := self._other_default()) is not None:
            said = f"“{other}” is the default for {self.get_kind_display()} already. Take it from there first."
            raise ValidationError({"is_default": said})
        if self.presets_of_its_name().exists():
            raise ValidationError({"public_name": "A preset has this name. Choose another one."})

    def _other_default(self) -> "Route | None":
        rows = Route.objects.filter(organisation=self.organisation_id, kind=self.kind, is_default=True, enabled=True)
        return rows.exclude(pk=self.pk).first()

    def presets_of_its_name(self) -> Any:
        """Presets that would hide it, or be hidden by it."""
        presets: Any = Route._meta.get_field("presets").related_model  # a model that imports this one
        return presets.objects.filter(public_name=self.public_name, organisation=self.organisation_id)
