"""A deployment's place in a route: its order, its share, which calls it takes."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from uuid_utils.compat import uuid7

from llmproxy.models.configuration import Configuration, ConfigurationQuerySet
from llmproxy.models.deployment import ModelDeployment
from llmproxy.models.kinds import role_choices
from llmproxy.models.route import Route
from llmproxy.models.rules import checked_rule
from llmproxy.routing.conditions import Conditions, conditions
from llmproxy.routing.place import NORMAL
from llmproxy.routing.reading import NEEDS


class RouteDeployment(Configuration):
    """A deployment's place in a route."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="places")
    deployment = models.ForeignKey(ModelDeployment, on_delete=models.CASCADE, related_name="places")
    priority = models.PositiveIntegerField(default=0, help_text="Lower goes first.")
    weight = models.PositiveIntegerField(default=1, help_text="Share of its priority; 0: a spare.")
    role = models.CharField(max_length=16, choices=role_choices, default=NORMAL)
    share = models.FloatField(
        "percent",
        default=5.0,
        validators=[MinValueValidator(0.01), MaxValueValidator(100)],
        help_text="Of the calls, for a canary or a shadow.",
    )
    conditions = models.JSONField(
        default=dict, blank=True, help_text='Which calls it takes, such as {"prompt_tokens": {"max": 8000}}.'
    )

    objects = ConfigurationQuerySet["RouteDeployment"].as_manager()

    class Meta:
        ordering = ("priority", "-weight", "id")
        constraints = (models.UniqueConstraint(fields=("route", "deployment"), name="deployment_once_in_route"),)

    def __str__(self) -> str:
        return f"{self.route} → {self.deployment}"

    @property
    def is_live(self) -> bool:
        """Whether the deployment and its provider are switched on."""
        return self.deployment.enabled and self.deployment.provider.enabled

    def clean(self) -> None:
        """Chat routes lead to chat models; an organisation's provider serves no one else; conditions can hold."""
        if not hasattr(self, "deployment"):  # said at the field already
            return
        if self.deployment.kind != self.route.kind:
            raise ValidationError("The model and the route are of different kinds.")
        owner = self.deployment.provider.organisation_id
        if owner is not None and owner != self.route.organisation_id:
            raise ValidationError("This provider belongs to an organisation; only its own routes may use it.")
        self.conditions = {} if self.conditions is None else self.conditions
        self._clean_contradictions(checked_rule("conditions", conditions, self.conditions))

    def _clean_contradictions(self, found: Conditions) -> None:
        """Conditions that no call of this route could ever meet. Raises ValidationError."""
        organisation = self.route.organisation_id
        if organisation is not None and found.organisations and str(organisation) not in found.organisations:
            said = "organisations: the route belongs to another organisation, so no call would ever go here."
            raise ValidationError({"conditions": said})
        facts = self.deployment.facts
        window = facts.context_window if facts else None
        if window is not None and found.fewest_tokens > window:
            said = f"prompt_tokens: the model's context window holds {window} tokens: no prompt that fits is so long."
            raise ValidationError({"conditions": said})
        if unknown := sorted(found.needs - NEEDS):
            said = f"needs: no call is known to need {unknown[0]!r}. Known are {', '.join(sorted(NEEDS))}."
            raise ValidationError({"conditions": said})
        missing = sorted(found.needs - frozenset(facts.capabilities)) if facts and facts.capabilities else []
        if missing:
            said = f"needs: the model is not known to have {' and '.join(missing)}, so no call would ever go here."
            raise ValidationError({"conditions": said})
