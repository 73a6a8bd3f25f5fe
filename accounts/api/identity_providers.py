"""`/api/v1/identity-providers`: where an organisation's people sign in."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import probe_identity_provider
from accounts.api.rows import OnlyOrganisation, RowSerializer, TeamField, TenantField
from accounts.api.viewsets import TenantViewSet
from accounts.models import IdentityProvider

FOREVER = ("slug", "issuer")


class IdentityProviderSerializer(RowSerializer):
    """A provider; its client secret is written and never read back."""

    organisation = TenantField(default=OnlyOrganisation())
    join_team = TeamField(required=False, allow_null=True)
    required_claims = serializers.ListField(child=serializers.CharField(), required=False, help_text="name=value")
    trusted_factors = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Values of amr or acr."
    )
    secret = serializers.CharField(write_only=True, required=False, max_length=500, help_text="Kept sealed.")
    redirect_uri = serializers.CharField(read_only=True, help_text="To be registered there.")

    class Meta:
        model = IdentityProvider
        fields = (
            "id", "organisation", "name", "slug", "issuer", "client_id", "secret", "required_claims", "trusted_factors",
            "join_role", "join_team", "enabled", "listed", "redirect_uri", "created_at",
        )  # fmt: skip
        read_only_fields = ("created_at",)

    def get_fields(self) -> dict[str, Any]:
        """Who controls the issuer can sign in as everybody linked, so that it never changes."""
        fields = super().get_fields()
        if self.instance is not None:
            for name in FOREVER:
                fields[name].read_only = True
        return fields

    def create(self, validated_data: dict[str, Any]) -> IdentityProvider:
        """With its secret."""
        plain = validated_data.pop("secret", "")
        row = IdentityProvider(**validated_data)
        if plain:
            row.set_secret(plain)
        row.save()
        return row

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """A new secret replaces the old one."""
        if plain := validated_data.pop("secret", ""):
            instance.set_secret(plain)
        return super().update(instance, validated_data)


class ProbedSerializer(serializers.Serializer[Any]):
    """One thing that was looked at."""

    name = serializers.CharField()
    ok = serializers.BooleanField()
    said = serializers.CharField()


class IdentityProviderViewSet(
    TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, mixins.UpdateModelMixin
):
    """Single sign-on by OpenID Connect. Switched off, not deleted."""

    queryset = IdentityProvider.objects.all()
    serializer_class = IdentityProviderSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "slug", "issuer", "enabled")
    unkept_actions = frozenset({"probe"})

    @extend_schema(request=None, responses=ProbedSerializer(many=True))
    @action(detail=True, methods=["post"])
    def probe(self, request: Request, pk: str) -> Response:
        """Asks the provider for its configuration and keys; a sign-in is tried out in the admin."""
        row = self.get_object()
        if row.organisation_id is None and not self.person.is_superuser:
            raise PermissionDenied
        return Response(
            ProbedSerializer([one._asdict() for one in probe_identity_provider.execute(row)], many=True).data
        )
