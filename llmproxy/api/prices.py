"""`/api/v1/prices`, `/api/v1/known-models`: what calls cost, since when, from where."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils import timezone
from django_filters.rest_framework.filters import BooleanFilter
from django_filters.rest_framework.filterset import FilterSet
from rest_framework import mixins, serializers

from accounts.api.rows import RowSerializer
from accounts.api.viewsets import TenantViewSet
from accounts.models import User
from llmproxy.models import ModelDeployment, ModelFacts, Price, Provider


class OwnDeploymentField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A model of a provider that the person may change."""

    def get_queryset(self) -> Any:
        """Those of the person."""
        own = Provider.objects.changeable_by(self.context["request"].user)
        return ModelDeployment.objects.filter(provider__in=own)


class PriceSerializer(RowSerializer):
    """US dollars per million tokens, as decimal strings; null is unknown and never counts as 0."""

    deployment = OwnDeploymentField(required=False, allow_null=True)
    facts = serializers.PrimaryKeyRelatedField(
        queryset=ModelFacts.objects.all(),
        required=False,
        allow_null=True,
        help_text="For superusers: of a known model.",
    )

    class Meta:
        model = Price
        fields = (
            "id", "deployment", "facts", "input", "cached", "cache_write", "output", "reasoning", "request",
            "image", "minute", "characters", "document", "batch_percent", "tiers",
            "valid_from", "valid_to", "source", "source_version", "created_at",
        )  # fmt: skip
        read_only_fields = ("source", "source_version", "created_at")

    def validate_facts(self, value: ModelFacts | None) -> ModelFacts | None:
        """Published prices hold for everybody. Raises ValidationError."""
        if value is not None and not self.context["request"].user.is_superuser:
            raise serializers.ValidationError("Only the installation sets prices of known models.")
        return value

    def get_fields(self) -> dict[str, Any]:
        """A price that is there priced calls: only its end can be set."""
        fields = super().get_fields()
        if self.instance is not None and not isinstance(self.instance, (QuerySet, list)):
            for name, field in fields.items():
                field.read_only = name != "valid_to"
        return fields


class PriceFilters(FilterSet):
    """What prices are asked for by."""

    now = BooleanFilter(method="by_time", label="whether it holds now")  # type: ignore[no-untyped-call]

    class Meta:
        model = Price
        fields = ("deployment", "facts", "source")

    def by_time(self, rows: Any, name: str, value: bool) -> Any:
        """Those that hold now, or that do not."""
        holding = Price.objects.holding(timezone.now())
        return rows.filter(pk__in=holding) if value else rows.exclude(pk__in=holding)


class PriceViewSet(
    TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, mixins.UpdateModelMixin
):
    """Prices of one's own models, and published ones."""

    queryset = Price.objects.select_related("deployment__provider")
    serializer_class = PriceSerializer
    filterset_class = PriceFilters
    tenant_path = "deployment__provider__organisation"

    def visible(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """With published ones and those of shared providers."""
        user = self.request.user
        if not isinstance(user, User) or user.is_superuser:
            return super().visible(rows)
        shared = Q(deployment__isnull=False, deployment__provider__organisation__isnull=True)
        mine = Q(deployment__provider__organisation__in=user.organisation_ids_with("llmproxy.view_price"))
        return rows.filter(Q(facts__isnull=False) | shared | mine)


class FactsSerializer(serializers.ModelSerializer[ModelFacts]):
    """What is known of a model, whoever offers it."""

    class Meta:
        model = ModelFacts
        fields = (
            "id", "catalogue", "model", "name", "context_window", "max_output", "capabilities", "source",
            "source_version", "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class FactsViewSet(TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """The catalogue. It belongs to nobody, so whoever may look sees all of it."""

    queryset = ModelFacts.objects.all()
    serializer_class = FactsSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("catalogue", "model")

    def visible(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """All."""
        return rows

    def organisation_of(self, row: Any) -> str:
        """That of whoever asks."""
        return next(iter(self.person.organisation_ids_with("llmproxy.view_modelfacts")), "")
