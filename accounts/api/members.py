"""`/api/v1/members`, `/api/v1/invitations`, `/api/v1/people`: who belongs where, and as what."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.actions import add_member, change_role, end_sessions, invite_person, remove_member, set_person_active
from accounts.api.refusals import NotPossibleNow
from accounts.api.rows import OnlyOrganisation, RowSerializer, TeamField, TenantField
from accounts.api.viewsets import TenantViewSet
from accounts.models import Invitation, Membership, Organisation, User


class KnownPersonField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A person who already belongs to one of the asker's organisations; others are invited."""

    def get_queryset(self) -> Any:
        """Those whom the asker may see."""
        user: User = self.context["request"].user
        if user.is_superuser:
            return User.objects.all()
        seen = Organisation.objects.filter(pk__in=user.organisation_ids_with("accounts.view_user"))
        return User.objects.filter(memberships__organisation__in=seen).distinct()


class MemberSerializer(RowSerializer):
    """A person's place in an organisation."""

    organisation = TenantField(default=OnlyOrganisation())
    user = KnownPersonField()
    username = serializers.CharField(source="user.username", read_only=True)
    team = TeamField(required=False, allow_null=True)

    class Meta:
        model = Membership
        fields = ("id", "organisation", "user", "username", "team", "role", "created_at")
        read_only_fields = ("created_at",)

    def get_fields(self) -> dict[str, Any]:
        """A place does not move to another person."""
        fields = super().get_fields()
        if self.instance is not None:
            fields["user"].read_only = True
        return fields


class MemberViewSet(
    TenantViewSet,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
):
    """Roles, given and taken by those whose own role allows it."""

    queryset = Membership.objects.select_related("user", "organisation", "team")
    serializer_class = MemberSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "user", "team", "role")

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        """By the action. Raises RoleNotGrantable, ValidationError."""
        serializer.instance = add_member.execute(**serializer.validated_data, by=self.person)

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        """By the action. Raises RoleNotGrantable, LastOwner, ValidationError."""
        place: Membership = self.get_object()
        given = serializer.validated_data
        serializer.instance = change_role.execute(
            place, given.get("role", place.role), team=given.get("team", place.team), by=self.person
        )

    def perform_destroy(self, instance: Any) -> None:
        """By the action. Raises RoleNotGrantable, LastOwner."""
        remove_member.execute(instance, by=self.person)


class InvitationSerializer(RowSerializer):
    """An offer of a role. `url` is in the answer to the POST only."""

    organisation = TenantField(default=OnlyOrganisation())
    team = TeamField(required=False, allow_null=True)
    state = serializers.CharField(read_only=True)

    class Meta:
        model = Invitation
        fields: tuple[str, ...] = ("id", "organisation", "team", "email", "role", "state", "created_at", "expires_at")
        read_only_fields = ("created_at", "expires_at")


class InvitedSerializer(InvitationSerializer):
    """A new one, with its link."""

    url = serializers.CharField(read_only=True, help_text="Shown this once; it was sent by mail as well.")

    class Meta(InvitationSerializer.Meta):
        fields: tuple[str, ...] = (*InvitationSerializer.Meta.fields, "url")


class InvitationViewSet(
    TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, mixins.DestroyModelMixin
):
    """New people come in by invitation: nobody sets a password for somebody else. DELETE withdraws."""

    queryset = Invitation.objects.select_related("organisation", "team")
    serializer_class = InvitationSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "email", "role")

    @extend_schema(request=InvitationSerializer, responses={201: InvitedSerializer})
    def create(self, request: Request, *args: Any, **options: Any) -> Response:
        """Sent by mail; the link works once, for a week."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        made = invite_person.execute(**given.validated_data, by=self.person)
        return Response({**self.get_serializer(made.invitation).data, "url": made.url}, status=201)

    def perform_destroy(self, instance: Any) -> None:
        """The link stops working. Raises NotPossibleNow, RoleNotGrantable."""
        if not invite_person.withdraw(instance, by=self.person):
            raise NotPossibleNow(f"The invitation is {instance.state}.")


class PersonSerializer(serializers.ModelSerializer[User]):
    """A person, as others see him."""

    class Meta:
        model = User
        fields = ("id", "username", "first_name", "last_name", "email", "is_active", "is_superuser", "last_login")
        read_only_fields = fields


class PersonViewSet(TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """People of the organisations. Accounts themselves are the installation's business."""

    queryset = User.objects.all()
    serializer_class = PersonSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("username", "email", "is_active")
    tenant_path = "memberships__organisation"

    @extend_schema(responses=PersonSerializer)
    @action(detail=False, permission_classes=[IsAuthenticated])
    def me(self, request: Request) -> Response:
        """Who asks."""
        return Response(self.get_serializer(self.person).data)

    @extend_schema(request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def end_sessions(self, request: Request, pk: str) -> Response:
        """Signed out everywhere, within a second."""
        person = self._other()
        end_sessions.execute(person, "ended_by_administrator")
        return Response(self.get_serializer(person).data)

    @extend_schema(request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def switch_off(self, request: Request, pk: str) -> Response:
        """Ends every session and token of the person within a second. Not one's own."""
        return self._switched(active=False)

    @extend_schema(request=None, responses=PersonSerializer)
    @action(detail=True, methods=["post"])
    def switch_on(self, request: Request, pk: str) -> Response:
        """The person signs in anew."""
        return self._switched(active=True)

    def _switched(self, *, active: bool) -> Response:
        person = self._other()
        if person.pk == self.person.pk:
            raise NotPossibleNow("Somebody must be left to switch on again: ask another administrator.")
        set_person_active.execute(person, active)
        return Response(self.get_serializer(person).data)

    def _other(self) -> User:
        if not self.person.is_superuser:
            raise PermissionDenied
        found: User = self.get_object()
        return found

    def organisation_of(self, row: Any) -> str:
        """People belong to several: that one of them is the asker's was seen when the row was found."""
        return next(iter(self.person.organisation_ids_with("accounts.view_user")), "")
