"""`/api/v1/api-keys`: made, narrowed, given a new secret, revoked."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError as ModelError
from django_filters.rest_framework.filters import BooleanFilter
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import create_api_key, revoke_api_key, rotate_api_key, take_over_api_key
from accounts.api.refusals import NotPossibleNow
from accounts.api.rows import OnlyOrganisation, RowSerializer, TeamField, TenantField
from accounts.api.viewsets import TenantViewSet
from accounts.models import ApiKey
from accounts.models.api_key import LONGEST_OVERLAP


class ApiKeySerializer(RowSerializer):
    """A key without its secret."""

    organisation = TenantField(default=OnlyOrganisation())
    team = TeamField(required=False, allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField(), required=False)
    models_allowed = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Public names; empty for all of the organisation."
    )
    allowed_ips = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Addresses or CIDRs; empty for any."
    )
    state = serializers.CharField(read_only=True)
    prefix = serializers.CharField(read_only=True)

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = (
            "id", "organisation", "team", "name", "prefix", "last4", "scopes", "models_allowed", "allowed_ips", "state",
            "expires_at", "previous_until", "revoked_at", "leaked_at", "last_used_at", "created_by",
            "created_at",
        )  # fmt: skip
        read_only_fields: tuple[str, ...] = (
            "last4",
            "previous_until",
            "revoked_at",
            "leaked_at",
            "last_used_at",
            "created_by",
            "created_at",
        )


class NewApiKeySerializer(ApiKeySerializer):
    """A key, and the only sight of its secret."""

    key = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta(ApiKeySerializer.Meta):
        fields: tuple[str, ...] = (*ApiKeySerializer.Meta.fields, "key")


class OverlapSerializer(serializers.Serializer[Any]):
    """How long both secrets work."""

    overlap_seconds = serializers.IntegerField(
        min_value=0, max_value=int(LONGEST_OVERLAP.total_seconds()), default=int(LONGEST_OVERLAP.total_seconds())
    )


class ReasonSerializer(serializers.Serializer[Any]):
    """Why, for the audit record."""

    reason = serializers.CharField(max_length=200, default="", allow_blank=True)


class ApiKeyFilters(FilterSet):
    """What keys are asked for by."""

    live = BooleanFilter(method="by_life", label="whether it works now")  # type: ignore[no-untyped-call]

    class Meta:
        model = ApiKey
        fields = ("organisation", "team", "name", "public_id")

    def by_life(self, rows: Any, name: str, value: bool) -> Any:
        """Those that work, or those that do not."""
        living = ApiKey.objects.live()
        return rows.filter(pk__in=living) if value else rows.exclude(pk__in=living)


class ApiKeyViewSet(
    TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin, mixins.UpdateModelMixin
):
    """Long-lived credentials of programs. They are revoked, never deleted: the log refers to them."""

    queryset = ApiKey.objects.all()
    serializer_class = ApiKeySerializer
    filterset_class = ApiKeyFilters

    @extend_schema(request=ApiKeySerializer, responses={201: NewApiKeySerializer})
    def create(self, request: Request, *args: Any, **options: Any) -> Response:
        """The secret is in this answer and nowhere else."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        key = ApiKey(**given.validated_data, created_by=self.person)
        plain = create_api_key.fill_secret(key)
        create_api_key.save(key)
        return Response({**self.get_serializer(key).data, "key": plain}, status=201)

    @extend_schema(request=OverlapSerializer, responses=NewApiKeySerializer)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """A new secret; the one before works for a while more."""
        key, given = self.get_object(), OverlapSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            made = rotate_api_key.execute(key, timedelta(seconds=given.validated_data["overlap_seconds"]))
        except ModelError as error:
            raise NotPossibleNow(" ".join(error.messages)) from error
        return Response({**self.get_serializer(made.key).data, "key": made.plain})

    @extend_schema(request=ReasonSerializer, responses=ApiKeySerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Within a second and for good; again is no error."""
        key, given = self.get_object(), ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        revoke_api_key.execute(key, given.validated_data["reason"])
        return Response(self.get_serializer(key).data)

    @extend_schema(request=None, responses=ApiKeySerializer)
    @action(detail=True, methods=["post"])
    def take_over(self, request: Request, pk: str) -> Response:
        """The key may do what the asker may do: for keys whose maker leaves."""
        key = self.get_object()
        take_over_api_key.execute(key, self.person)
        key.refresh_from_db()
        return Response(self.get_serializer(key).data)
