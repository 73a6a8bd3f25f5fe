"""`/api/v1/organisations`, `/api/v1/teams`: tenants and the groups within them."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.actions import set_team_members, suspend_organisation
from accounts.api.rows import OnlyOrganisation, RowSerializer, TenantField
from accounts.api.viewsets import TenantViewSet
from accounts.models import Membership, Organisation, Team


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


class TeamMembersSerializer(serializers.Serializer[Any]):
    """Who is in a team: ids of memberships."""

    members = serializers.ListField(child=serializers.UUIDField(), max_length=10_000)

    def validate_members(self, ids: list[UUID]) -> list[Membership]:
        """The places, all of the team's organisation. Raises ValidationError."""
        team: Team = self.context["team"]
        found = list(Membership.objects.filter(organisation=team.organisation_id, pk__in=ids))
        if len(found) != len(set(ids)):
            raise serializers.ValidationError("These are not all memberships of the team's organisation.")
        return found


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
    # Who may look after teams looks after who belongs to them; who only sees teams does not see people.
    permissions_by_action: ClassVar[dict[str, str]] = {"members": "accounts.change_membership"}
    serializer_class = TeamSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "name")

    @extend_schema(request=TeamMembersSerializer, responses=TeamMembersSerializer)
    @action(detail=True, methods=["get", "put"])
    def members(self, request: Request, pk: str) -> Response:
        """Ids of memberships: GET tells them, PUT says who is in the team from now on. Roles do not change."""
        team = self.get_object()
        if request.method == "PUT":
            given = TeamMembersSerializer(data=request.data, context={"team": team})
            given.is_valid(raise_exception=True)
            set_team_members.execute(team, given.validated_data["members"])
        places = team.memberships.order_by("created_at").values_list("pk", flat=True)
        return Response({"members": list(places)})
