"""Model deployments: a model at a provider."""

from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from llmproxy.models.configuration import Configuration, ConfigurationQuerySet
from llmproxy.models.facts import ModelFacts
from llmproxy.models.kinds import kind_choices
from llmproxy.models.provider import Provider


class ModelDeployment(Configuration):
    """What a provider calls a model, and what it does."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="deployments")
    upstream_model = models.CharField(max_length=200, help_text="The provider's own name of the model.")
    kind = models.CharField(max_length=32, choices=kind_choices, default="chat")
    facts = models.ForeignKey(
        ModelFacts,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="deployments",
        verbose_name="known model",
        help_text="Where context window, capabilities and price come from. Found by the names; choose it where not.",
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConfigurationQuerySet["ModelDeployment"].as_manager()

    class Meta:
        ordering = ("provider", "upstream_model")
        constraints = (models.UniqueConstraint(fields=("provider", "upstream_model", "kind"), name="deployment_once"),)

    def __str__(self) -> str:
        return f"{self.upstream_model} at {self.provider}"

    def clean(self) -> None:
        """The name can be put into a request."""
        if not self.upstream_model.isprintable():
            raise ValidationError({"upstream_model": "The name holds characters that cannot be printed."})
        if {".", ".."} & set(self.upstream_model.split("/")):  # names become parts of addresses (SECURITY 4.1.2)
            raise ValidationError({"upstream_model": "The name holds a segment of dots only."})
