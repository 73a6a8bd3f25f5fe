"""`/api/v1/models`, `/api/v1/routes`: models at providers, and the public names that lead to them."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError as ModelError
from django.db import transaction
from django.db.models import Model, Prefetch
from rest_framework import serializers
from rest_framework.serializers import BaseSerializer

from accounts.api.rows import RowSerializer, as_detail
from llmproxy.actions import link_deployments
from llmproxy.api.providers import ProviderField
from llmproxy.api.sharing import OnlyOrganisationOrAll, SharedTenantField, SharedViewSet
from llmproxy.models import ModelDeployment, ModelFacts, Provider, Route, RouteDeployment


class DeploymentSerializer(RowSerializer):
    """A model at a provider."""

    provider = ProviderField()
    facts = serializers.PrimaryKeyRelatedField(queryset=ModelFacts.objects.all(), required=False, allow_null=True)

    class Meta:
        model = ModelDeployment
        fields = ("id", "provider", "upstream_model", "kind", "facts", "enabled", "created_at")
        read_only_fields = ("created_at",)


class DeploymentViewSet(SharedViewSet):
    """Models at providers; what is known of each is found by its name."""

    queryset = ModelDeployment.objects.select_related("provider")
    serializer_class = DeploymentSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("provider", "upstream_model", "kind", "enabled")
    tenant_path = "provider__organisation"

    def store_new(self, serializer: BaseSerializer[Any]) -> Model:
        """With what is known of such a model, where nobody chose it."""
        row = super().store_new(serializer)
        link_deployments.execute([row])  # type: ignore[list-item]  # the serializer's own model
        return row


class VisibleDeploymentField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # as above
    """A model of a provider that the person sees."""

    def get_queryset(self) -> Any:
        """Those of the person, and shared ones."""
        visible = Provider.objects.visible_to(self.context["request"].user)
        return ModelDeployment.objects.filter(provider__in=visible).select_related("provider")


class PlaceSerializer(serializers.ModelSerializer[RouteDeployment]):
    """A model's place in a route."""

    deployment = VisibleDeploymentField()

    class Meta:
        model = RouteDeployment
        fields = ("deployment", "priority", "weight")


class RouteSerializer(RowSerializer):
    """A public name. `places`, where given, replaces all of them."""

    organisation = SharedTenantField(default=OnlyOrganisationOrAll(), help_text="null: shared by all.")
    places = PlaceSerializer(many=True, required=False)

    class Meta:
        model = Route
        fields = ("id", "organisation", "public_name", "kind", "is_default", "enabled", "places", "created_at")
        read_only_fields = ("created_at",)

    def create(self, validated_data: dict[str, Any]) -> Route:
        """With its places, or not at all. Raises ValidationError."""
        places = validated_data.pop("places", [])
        with transaction.atomic():
            route = Route.objects.create(**validated_data)
            self._place(route, places)
        return route

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Route:
        """As above."""
        places = validated_data.pop("places", None)
        with transaction.atomic():
            route: Route = super().update(instance, validated_data)
            if places is not None:
                RouteDeployment.objects.filter(route=route).delete()
                self._place(route, places)
        return route

    def _place(self, route: Route, places: list[dict[str, Any]]) -> None:
        for index, place in enumerate(places):
            row = RouteDeployment(route=route, **place)
            try:
                row.full_clean()
            except ModelError as error:
                raise serializers.ValidationError({"places": [{}] * index + [as_detail(error)]}) from error
            row.save()


class RouteViewSet(SharedViewSet):
    """The names that applications send as `model`."""

    queryset = Route.objects.prefetch_related(
        Prefetch("places", queryset=RouteDeployment.objects.order_by("priority", "-weight", "id"))
    )
    serializer_class = RouteSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "public_name", "kind", "is_default", "enabled")
