"""Model deployments: a model at a provider."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
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
    max_parallel = models.PositiveIntegerField(
        "calls at once",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1_000_000)],
        help_text="The most that may run, in all worker processes together. Empty: any number.",
    )
    queue_seconds = models.FloatField(
        "wait for a place",
        default=1.0,
        validators=[MinValueValidator(0), MaxValueValidator(30)],
        help_text="Seconds that a call waits when that many run and no other deployment has room.",
    )
    breaker_failures = models.PositiveSmallIntegerField(
        "circuit opens after",
        default=5,
        validators=[MaxValueValidator(1000)],
        help_text="Failures in a row, after which it gets no call for a while. 0: never.",
    )
    breaker_seconds = models.FloatField(
        "circuit opens for",
        default=15.0,
        validators=[MinValueValidator(0.1), MaxValueValidator(300)],
        help_text="Seconds, doubled each time that the trial after it fails.",
    )
    probe = models.BooleanField(
        "probe its health",
        default=False,
        help_text="A small call every minute: a failure opens its circuit, a good answer closes it. It costs.",
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
