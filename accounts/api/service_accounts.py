"""`/api/v1/service-accounts`, `/api/v1/client-credentials`: programs that fetch their own tokens."""

from datetime import timedelta
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import add_client_keys, create_service_account, rotate_client_secret
from accounts.api.api_keys import OverlapSerializer
from accounts.api.rows import OnlyOrganisation, RowSerializer, TeamField, TenantField
from accounts.api.viewsets import TenantViewSet
from accounts.models import ClientCredential, ServiceAccount
from accounts.tokens.client_key import LONGEST_TEXT


class ServiceAccountSerializer(RowSerializer):
    """A program's identity, without its secrets."""

    organisation = TenantField(default=OnlyOrganisation())
    team = TeamField(required=False, allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField(), required=False)

    allowed_ips = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Addresses or CIDRs; empty for any."
    )

    class Meta:
        model = ServiceAccount
        fields: tuple[str, ...] = (
            "id",
            "organisation",
            "team",
            "name",
            "client_id",
            "scopes",
            "allowed_ips",
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


class PublicKeysSerializer(serializers.Serializer[Any]):
    """Keys for `private_key_jwt`."""

    public_keys = serializers.CharField(max_length=LONGEST_TEXT, help_text="A JWK, a JWK set or a PEM block.")
    expires_at = serializers.DateTimeField(required=False, help_text="Ninety days from now where left out.")


class ClientCredentialSerializer(RowSerializer):
    """A secret or a public key of a service account, as far as it may be shown."""

    state = serializers.CharField(read_only=True, help_text="active, expired or revoked.")

    class Meta:
        model = ClientCredential
        fields = (
            "id", "service_account", "kind", "last4", "public_jwk", "state", "expires_at", "last_used_at", "created_at",
        )  # fmt: skip
        read_only_fields = ("service_account", "kind", "last4", "public_jwk", "last_used_at", "created_at")


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

    @extend_schema(request=OverlapSerializer, responses={201: NewServiceAccountSerializer})
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """A new secret; those before work for a while more."""
        account, given = self.get_object(), OverlapSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        secret = rotate_client_secret.execute(account, timedelta(seconds=given.validated_data["overlap_seconds"]))
        return Response({**self.get_serializer(account).data, "client_secret": secret}, status=201)

    @extend_schema(request=PublicKeysSerializer, responses={201: ClientCredentialSerializer(many=True)})
    @action(detail=True, methods=["post"])
    def add_keys(self, request: Request, pk: str) -> Response:
        """Public keys; those that are there already are left alone. The answer lists what was added."""
        account, given = self.get_object(), PublicKeysSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wish = given.validated_data
        rows = add_client_keys.execute(account, wish["public_keys"], wish.get("expires_at"))
        return Response(ClientCredentialSerializer(rows, many=True).data, status=201)


class ClientCredentialViewSet(
    TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin
):
    """Secrets and public keys of service accounts. Deleting one ends it at once; so does an earlier end."""

    queryset = ClientCredential.objects.select_related("service_account")
    serializer_class = ClientCredentialSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("service_account", "kind")
    tenant_path = "service_account__organisation"
