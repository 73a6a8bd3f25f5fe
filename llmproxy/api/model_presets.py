"""`/api/v1/model-presets`: public names with parameters and a system prompt."""

from typing import ClassVar

from accounts.api.rows import RowSerializer
from llmproxy.api.route_parts import VisibleRouteField
from llmproxy.api.sharing import OnlyOrganisationOrAll, SharedTenantField, SharedViewSet
from llmproxy.models import ModelPreset


class ModelPresetSerializer(RowSerializer):
    """A public name that stands for a route with parameters and a system prompt."""

    organisation = SharedTenantField(default=OnlyOrganisationOrAll(), help_text="null: shared by all.")
    route = VisibleRouteField()

    class Meta:
        model = ModelPreset
        fields = (
            "id", "organisation", "public_name", "route", "parameters", "locked", "system_prompt", "enabled",
            "created_at",
        )  # fmt: skip
        read_only_fields = ("created_at",)


class ModelPresetViewSet(SharedViewSet):
    """What applications send as `model` to get a route with its parameters and its system prompt."""

    queryset = ModelPreset.objects.select_related("route")
    serializer_class = ModelPresetSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "public_name", "route", "enabled")
