"""`/api/v1/models`: models at providers."""

from typing import Any, ClassVar

from django.db.models import Model
from rest_framework import serializers
from rest_framework.serializers import BaseSerializer

from accounts.api.rows import RowSerializer
from llmproxy.actions import link_deployments
from llmproxy.api.providers import ProviderField
from llmproxy.api.sharing import SharedViewSet
from llmproxy.models import ModelDeployment, ModelFacts


class DeploymentSerializer(RowSerializer):
    """A model at a provider."""

    provider = ProviderField()
    facts = serializers.PrimaryKeyRelatedField(queryset=ModelFacts.objects.all(), required=False, allow_null=True)

    class Meta:
        model = ModelDeployment
        fields = (
            "id", "provider", "upstream_model", "kind", "facts", "max_parallel", "queue_seconds", "breaker_failures",
            "breaker_seconds", "probe", "enabled", "created_at",
        )  # fmt: skip
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
