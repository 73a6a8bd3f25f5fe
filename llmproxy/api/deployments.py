"""`/api/v1/models`: models at providers."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError as ModelError
from django.db.models import Model
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.api.rows import RowSerializer, as_detail
from llmproxy.actions import close_circuit, link_deployments
from llmproxy.api.providers import ProviderField
from llmproxy.api.sharing import SharedViewSet
from llmproxy.health.reading import overview
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


class CircuitSerializer(serializers.Serializer[Any]):
    """One that is open. `key`: the id of the provider's key that rests; empty where the model itself gets no calls."""

    key = serializers.CharField()
    reason = serializers.CharField()
    until = serializers.FloatField(help_text="Unix seconds, when the next call tries it.")


class FaringSerializer(serializers.Serializer[Any]):
    """How a model fares right now."""

    model = serializers.UUIDField()
    name = serializers.CharField()
    circuits = CircuitSerializer(many=True)
    running = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True, help_text="Latency by peak EWMA; null: unknown.")


class AllFaringSerializer(serializers.Serializer[Any]):
    """Of all models. `problem` says why nothing is known, where the shared store is away."""

    problem = serializers.CharField()
    items = FaringSerializer(many=True)


class ClosedSerializer(serializers.Serializer[Any]):
    """How many circuits were open."""

    closed = serializers.IntegerField()


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

    @extend_schema(request=None, responses=AllFaringSerializer, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def circuits(self, request: Request) -> Response:
        """Which models get no calls now and why; running calls and latency of all."""
        known = overview()
        items = []
        for row in self.get_queryset().order_by("pk"):
            own = [told for told in known.circuits.values() if told.key.partition("/")[0] == str(row.pk)]
            circuits = [{"key": told.key.partition("/")[2], "reason": told.reason, "until": told.until} for told in own]
            seconds, running = known.seconds(str(row.pk)), known.running(str(row.pk))
            items.append(
                {"model": row.pk, "name": str(row), "circuits": circuits, "running": running, "seconds": seconds}
            )
        return Response(AllFaringSerializer({"problem": known.problem, "items": items}).data)

    @extend_schema(request=None, responses=ClosedSerializer)
    @action(detail=True, methods=["post"])
    def close_circuit(self, request: Request, pk: str) -> Response:
        """Lets the model and its keys have calls again, in all processes."""
        try:
            closed = close_circuit.execute(self.get_object())
        except ModelError as error:
            raise serializers.ValidationError(as_detail(error)) from error
        return Response({"closed": closed})
