"""What is known of models in general: as published tables name them, whoever uses them here."""

from django.db import models
from uuid_utils.compat import uuid7

from llmproxy.models.configuration import Configuration, ConfigurationQuerySet


class ModelFacts(Configuration):
    """A model of a catalogue: how much it takes, what it can do. Its prices hang on it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    catalogue = models.CharField(max_length=100, help_text="Who sells it, such as openai.")
    model = models.CharField(max_length=200)
    name = models.CharField(max_length=200, blank=True)
    context_window = models.PositiveIntegerField(null=True, blank=True, help_text="Tokens. Empty: unknown.")
    max_output = models.PositiveIntegerField(null=True, blank=True, help_text="Tokens. Empty: unknown.")
    capabilities = models.JSONField(default=list, blank=True, help_text="Such as vision or function_calling.")
    source = models.CharField(max_length=32, default="manual")
    source_version = models.CharField(max_length=64, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ConfigurationQuerySet["ModelFacts"].as_manager()

    class Meta:
        ordering = ("catalogue", "model")
        verbose_name = verbose_name_plural = "known models"
        constraints = (models.UniqueConstraint(fields=("catalogue", "model"), name="known_model_once"),)

    def __str__(self) -> str:
        return f"{self.model} ({self.catalogue})"
