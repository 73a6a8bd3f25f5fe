"""Where a call goes on when all of its route has failed it."""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from llmproxy.models.configuration import Configuration, ConfigurationQuerySet
from llmproxy.models.kinds import fallback_choices
from llmproxy.models.route import Route


class RouteFallback(Configuration):
    """Another route that is tried after a class of failures. The callers of the first need not see the other."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    route = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="fallbacks")
    position = models.PositiveSmallIntegerField("order", default=0, help_text="The first that fits is taken.")
    on = models.CharField("after", max_length=16, choices=fallback_choices, default="any")
    statuses = models.JSONField(
        default=list, blank=True, help_text="Of the provider, such as [500, 503]; only for “Certain statuses”."
    )
    target = models.ForeignKey(Route, on_delete=models.CASCADE, related_name="fallback_of", verbose_name="go on with")

    objects = ConfigurationQuerySet["RouteFallback"].as_manager()

    class Meta:
        ordering = ("position", "id")
        verbose_name = "fallback"

    def __str__(self) -> str:
        return f"{self.route} → {self.target}"

    def clean(self) -> None:
        """It leads to a route of the same kind that the organisation may use, and never back."""
        self._clean_statuses()
        if not hasattr(self, "target"):  # said at the field already
            return
        if self.target.kind != self.route.kind:
            raise ValidationError({"target": f"{self.target} is a route of another kind."})
        owner = self.target.organisation_id
        if owner is not None and owner != self.route.organisation_id:
            raise ValidationError({"target": "This route belongs to an organisation; only its own routes may use it."})
        if circle := _circle(self.route, self.target):
            raise ValidationError({"target": f"The fallbacks would go in a circle: {circle}."})

    def _clean_statuses(self) -> None:
        self.statuses = self.statuses or []
        wanted = self.on == "status"
        if not isinstance(self.statuses, list) or bool(self.statuses) != wanted:
            said = "Name them, such as [500, 503]." if wanted else "Only where it is for certain statuses."
            raise ValidationError({"statuses": said})
        for status in self.statuses:
            if isinstance(status, bool) or not isinstance(status, int) or not 400 <= status <= 599:
                raise ValidationError({"statuses": "Each is a whole number from 400 to 599."})


def _circle(start: Route, target: Route) -> str:
    """The way from `target` back to `start`, in words; "" where there is none."""
    ways: dict[UUID, list[Route]] = {target.pk: [target]}
    while ways:
        if start.pk in ways:
            return " → ".join(str(route) for route in (start, *ways[start.pk]))
        ways = dict(_onward(ways))
    return ""


def _onward(ways: dict[UUID, list[Route]]) -> Iterable[tuple[UUID, list[Route]]]:
    """One step further, without going anywhere twice on one way."""
    steps = RouteFallback.objects.filter(route__in=ways).select_related("target")
    for step in steps:
        way = ways[step.route_id]
        if step.target not in way:
            yield step.target_id, [*way, step.target]
