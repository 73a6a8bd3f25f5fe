"""`/api/v1/cost-centres`, `/api/v1/cost-assignments`: to whom the cost of calls is charged."""

from typing import Any, ClassVar

from rest_framework import mixins, serializers

from accounts.api.rows import OnlyOrganisation, RowSerializer, TeamField, TenantField
from accounts.api.viewsets import TenantViewSet
from accounts.models import User
from llmproxy.api.scoped import OwnField
from llmproxy.models import CostAssignment, CostCentre


class CostCentreSerializer(RowSerializer):
    """An account of the organisation's own book-keeping."""

    organisation = TenantField(default=OnlyOrganisation())

    class Meta:
        model = CostCentre
        fields = ("id", "organisation", "code", "name", "created_at")
        read_only_fields = ("created_at",)


class RowsOfTenant(
    TenantViewSet,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
):
    """Everything that can be done to rows of one tenant."""


class CostCentreViewSet(RowsOfTenant):
    """Calls name theirs from the moment of an assignment on; the ledger keeps it."""

    queryset = CostCentre.objects.all()
    serializer_class = CostCentreSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "code")


class OwnCentreField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A cost centre of the person's organisations."""

    def get_queryset(self) -> Any:
        """Those of the person."""
        user: User = self.context["request"].user
        mine = CostCentre.objects.filter(organisation__pk__in=user.organisation_ids_with("llmproxy.change_costcentre"))
        return CostCentre.objects.all() if user.is_superuser else mine


class CostAssignmentSerializer(RowSerializer):
    """Whose calls a cost centre bears: one of a team, a key, a program."""

    cost_centre = OwnCentreField()
    team = TeamField(required=False, allow_null=True)
    api_key = OwnField(required=False, allow_null=True)
    service_account = OwnField(required=False, allow_null=True)

    class Meta:
        model = CostAssignment
        fields = ("id", "cost_centre", "team", "api_key", "service_account")


class CostAssignmentViewSet(RowsOfTenant):
    """What a key or a program is assigned to goes before its team."""

    queryset = CostAssignment.objects.select_related("cost_centre", "team", "api_key", "service_account")
    serializer_class = CostAssignmentSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("cost_centre",)
    tenant_path = "cost_centre__organisation"
