"""The parts of a route in the management API: its places and its fallbacks."""

from typing import Any

from rest_framework import serializers

from llmproxy.models import ModelDeployment, Provider, Route, RouteDeployment, RouteFallback


class VisibleDeploymentField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # not subscriptable
    """A model of a provider that the person sees."""

    def get_queryset(self) -> Any:
        """Those of the person, and shared ones."""
        visible = Provider.objects.visible_to(self.context["request"].user)
        return ModelDeployment.objects.filter(provider__in=visible).select_related("provider")


class VisibleRouteField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # not subscriptable
    """A route that the person sees."""

    def get_queryset(self) -> Any:
        """Those of the person, and shared ones."""
        return Route.objects.visible_to(self.context["request"].user)


class PlaceSerializer(serializers.ModelSerializer[RouteDeployment]):
    """A model's place in a route."""

    deployment = VisibleDeploymentField()

    class Meta:
        model = RouteDeployment
        fields = ("deployment", "priority", "weight", "role", "share", "conditions")


class FallbackSerializer(serializers.ModelSerializer[RouteFallback]):
    """Where a call goes on when all of a route has failed it."""

    target = VisibleRouteField()

    class Meta:
        model = RouteFallback
        fields = ("position", "on", "statuses", "target")
