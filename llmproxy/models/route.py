"""Routes: the model names that applications use, and the deployments behind them."""

from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from accounts.models import Organisation
from llmproxy.models.configuration import Configuration, ConfigurationQuerySet, ScopedQuerySet
from llmproxy.models.deployment import ModelDeployment
from llmproxy.models.kinds import kind_choices


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
    deployments = models.ManyToManyField(ModelDeployment, through="RouteDeployment", related_name="routes")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet["Route"].as_manager()

    class Meta:
        ordering = ("public_name",)
        constraints = (
            models.UniqueConstraint(fields=("organisation", "public_name"), name="route_name_once"),
            models.UniqueConstraint(
                fields=("public_name",), condition=models.Q(organisation__isnull=True), name="shared_route_name_once"
            ),
        )

    def __str__(self) -> str:
        return self.public_name

    def clean(self) -> None:
        """The name can be sent and shown."""
        if not self.public_name.isprintable() or self.public_name != self.public_name.strip():
            raise ValidationError({"public_name": "Printable characters, no spaces at the ends."})


class RouteDeployment(Configuration):
    """A deployment's place in a route."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="places")
    deployment = models.ForeignKey(ModelDeployment, on_delete=models.CASCADE, related_name="places")
    priority = models.PositiveIntegerField(default=0, help_text="Lower goes first.")
    weight = models.PositiveIntegerField(default=1)

    objects = ConfigurationQuerySet["RouteDeployment"].as_manager()

    class Meta:
        ordering = ("priority", "-weight", "id")
        constraints = (models.UniqueConstraint(fields=("route", "deployment"), name="deployment_once_in_route"),)

    def __str__(self) -> str:
        return f"{self.route} → {self.deployment}"

    def clean(self) -> None:
        """Chat routes lead to chat models; an organisation's provider serves no one else."""
        if self.deployment.kind != self.route.kind:
            raise ValidationError("The model and the route are of different kinds.")
        owner = self.deployment.provider.organisation_id
        if owner is not None and owner != self.route.organisation_id:
            raise ValidationError("This provider belongs to an organisation; only its own routes may use it.")
