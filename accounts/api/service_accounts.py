"""`/api/v1/service-accounts`: programs that fetch their own tokens."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import create_service_account
from accounts.api.rows import OnlyOrganisation, RowSerializer, TeamField, TenantField
from accounts.api.viewsets import TenantViewSet
from accounts.models import ServiceAccount


class ServiceAccountSerializer(RowSerializer):
    """A program's identity, without its secrets."""

    organisation = TenantField(default=OnlyOrganisation())
    team = TeamField(required=False, allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField(), required=False)

    class Meta:
        model = ServiceAccount
        fields: tuple[str, ...] = (
            "id",
            "organisation",
            "team",
            "name",
            "client_id",
            "scopes",
            "dpop_required",
            "is_active",
            "created_at",
        )
        read_only_fields = ("client_id", "created_at")


class NewServiceAccountSerializer(ServiceAccountSerializer):
    """An account, and the only sight of a secret."""

    client_secret = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta(ServiceAccountSerializer.Meta):
        fields: tuple[str, ...] = (*ServiceAccountSerializer.Meta.fields, "client_secret")


class ServiceAccountViewSet(
    TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, mixins.UpdateModelMixin
):
    """Switched off with `is_active`, never deleted: the log refers to them."""

    queryset = ServiceAccount.objects.all()
    serializer_class = ServiceAccountSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "team", "name", "client_id", "is_active")

    @extend_schema(request=ServiceAccountSerializer, responses={201: NewServiceAccountSerializer})
    def create(self, request: Request, *args: Any, **options: Any) -> Response:
        """The first secret is in this answer and nowhere else."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        account = ServiceAccount(**given.validated_data)
        secret = create_service_account.save(account)
        return Response({**self.get_serializer(account).data, "client_secret": secret}, status=201)

    @extend_schema(request=None, responses={201: NewServiceAccountSerializer})
    @action(detail=True, methods=["post"])
    def add_secret(self, request: Request, pk: str) -> Response:
        """One more; earlier ones go on working until they expire or are deleted."""
        account = self.get_object()
        secret = create_service_account.add_secret(account)
        return Response({**self.get_serializer(account).data, "client_secret": secret}, status=201)
