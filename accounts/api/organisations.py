"""`/api/v1/organisations`, `/api/v1/teams`: tenants and the groups within them."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.actions import suspend_organisation
from accounts.api.rows import OnlyOrganisation, RowSerializer, TenantField
from accounts.api.viewsets import TenantViewSet
from accounts.models import Organisation, Team


class OrganisationSerializer(RowSerializer):
    """A tenant."""

    class Meta:
        model = Organisation
        fields = ("id", "name", "slug", "dpop_required", "is_active", "created_at")
        read_only_fields = ("is_active", "created_at")


class OrganisationViewSet(
    TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, mixins.UpdateModelMixin
):
    """Tenants. Only the installation's own people make, suspend and resume them."""

    queryset = Organisation.objects.all()
    serializer_class = OrganisationSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("slug", "is_active")
    tenant_path = "pk"

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        """For superusers. Raises PermissionDenied."""
        self._of_the_installation()
        super().perform_create(serializer)

    @extend_schema(request=None, responses=OrganisationSerializer)
    @action(detail=True, methods=["post"])
    def suspend(self, request: Request, pk: str) -> Response:
        """Ends all of its keys, tokens and running streams within a second."""
        return self._switched(active=False)

    @extend_schema(request=None, responses=OrganisationSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Its keys work again; its tokens of before do not."""
        return self._switched(active=True)

    def _switched(self, *, active: bool) -> Response:
        self._of_the_installation()
        organisation = self.get_object()
        suspend_organisation.execute(organisation, active=active)
        return Response(self.get_serializer(organisation).data)

    def _of_the_installation(self) -> None:
        if not self.person.is_superuser:
            raise PermissionDenied


class TeamSerializer(RowSerializer):
    """A team."""

    organisation = TenantField(default=OnlyOrganisation())

    class Meta:
        model = Team
        fields = ("id", "organisation", "name", "created_at")
        read_only_fields = ("created_at",)


class TeamViewSet(
    TenantViewSet,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
):
    """Teams, whose use is counted together."""

    queryset = Team.objects.all()
    serializer_class = TeamSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "name")
