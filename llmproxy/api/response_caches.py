"""`/api/v1/response-caches`: whose answers are given again, for how long."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.rows import OnlyOrganisation, RowSerializer, TenantField
from llmproxy.actions import empty_response_cache
from llmproxy.api.sharing import SharedViewSet
from llmproxy.models import ResponseCache, Route


class VisibleRouteField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A route that the person sees."""

    def get_queryset(self) -> Any:
        """Those of the person's organisations, and shared ones."""
        return Route.objects.visible_to(self.context["request"].user)


class ResponseCacheSerializer(RowSerializer):
    """One rule. Without one nothing is kept."""

    organisation = TenantField(default=OnlyOrganisation())
    route = VisibleRouteField(default=None, allow_null=True, help_text="null: all without a rule of their own.")

    class Meta:
        model = ResponseCache
        fields = (
            "id", "organisation", "route", "shared_within", "ttl_seconds", "largest_bytes", "total_bytes", "enabled",
            "created_at",
        )  # fmt: skip
        read_only_fields = ("created_at",)


class ResponseCacheViewSet(SharedViewSet):
    """Rules of the response cache."""

    queryset = ResponseCache.objects.select_related("organisation", "route")
    serializer_class = ResponseCacheSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "route", "enabled")

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def empty(self, request: Request, pk: str) -> Response:
        """Give nothing again that was kept so far."""
        empty_response_cache.execute(self.get_object())
        return Response(status=204)
