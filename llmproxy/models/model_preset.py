"""Presets: a public model name that stands for a route with parameters and a system prompt."""

from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from accounts.models import Organisation
from llmproxy.models.configuration import Configuration, ScopedQuerySet
from llmproxy.models.route import Route
from llmproxy.wires.openai_chat import NEVER_FROM_CLIENTS
from llmproxy.wires.output_limits import BadAmount, asked

# What belongs to each call, or would change what the gateway makes of the answer.
NOT_HERE = frozenset({"model", "messages", "input", "contents", "stream", "stream_options", "n", *NEVER_FROM_CLIENTS})
LONGEST_PROMPT = 50_000


class ModelPreset(Configuration):
    """What applications send as `model` to get a route with its parameters and its system prompt."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="model_presets",
        help_text="Empty: shared by all organisations.",
    )
    public_name = models.CharField(max_length=200, help_text="What applications send as “model”.")
    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="presets")
    parameters = models.JSONField(
        default=dict, blank=True, help_text='Sent where the call does not set them, such as {"temperature": 0.2}.'
    )
    locked = models.BooleanField(default=False, help_text="The parameters go before what the call sets.")
    system_prompt = models.TextField(blank=True, max_length=LONGEST_PROMPT, help_text="Goes before the call's own.")
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet["ModelPreset"].as_manager()

    class Meta:
        ordering = ("public_name",)
        verbose_name = "preset"
        constraints = (
            models.UniqueConstraint(fields=("organisation", "public_name"), name="preset_name_once"),
            models.UniqueConstraint(
                fields=("public_name",),
                condition=models.Q(organisation__isnull=True),
                name="shared_preset_name_once",
                violation_error_message="There is a shared preset of this name already.",
            ),
        )

    def __str__(self) -> str:
        return self.public_name

    def clean(self) -> None:
        """The name is free, the route may be used, the parameters are a preset's to set."""
        if not self.public_name.isprintable() or self.public_name != self.public_name.strip():
            raise ValidationError({"public_name": "Printable characters, no spaces at the ends."})
        if Route.objects.filter(public_name=self.public_name, organisation=self.organisation_id).exists():
            raise ValidationError({"public_name": "A route has this name. Choose another one."})
        if not hasattr(self, "route"):  # said at the field already
            return
        owner = self.route.organisation_id
        if owner is not None and owner != self.organisation_id:
            raise ValidationError({"route": "This route belongs to an organisation; only its own presets may use it."})
        self.parameters = {} if self.parameters is None else self.parameters
        if not isinstance(self.parameters, dict):
            raise ValidationError({"parameters": 'An object such as {"temperature": 0.2}.'})
        if taken := sorted(NOT_HERE & self.parameters.keys()):
            raise ValidationError({"parameters": f"{taken[0]} belongs to each call; a preset cannot set it."})
        try:
            asked("openai_chat", self.parameters)
        except BadAmount as error:
            raise ValidationError({"parameters": str(error)}) from error
        if self.system_prompt and self.route.kind != "chat":
            raise ValidationError({"system_prompt": "Only chat routes take a system prompt."})
