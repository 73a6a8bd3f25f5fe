"""`/api/v1/routes`: the public names that lead to models."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError as ModelError
from django.db import transaction
from django.db.models import Prefetch
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.rows import RowSerializer, as_detail
from llmproxy.actions import check_route, dry_run_route, explain_call, explain_route
from llmproxy.api.route_explaining import (
    AskSerializer,
    ExplanationSerializer,
    PastCallsSerializer,
    ReviewSerializer,
    ask_for,
    explained,
    past,
    reviewed,
)
from llmproxy.api.route_parts import FallbackSerializer, PlaceSerializer
from llmproxy.api.sharing import OnlyOrganisationOrAll, SharedTenantField, SharedViewSet
from llmproxy.models import Route, RouteDeployment, RouteFallback
from llmproxy.models.route import TIMEOUTS

RENAMED = {"non_field_errors": "places"}
# A change of one of these can leave a route that serves nobody.
DECISIVE = frozenset({"places", "enabled", "requirements"})


class RouteSerializer(RowSerializer):
    """A public name. `places` and `fallbacks`, where given, replace all of them."""

    organisation = SharedTenantField(default=OnlyOrganisationOrAll(), help_text="null: shared by all.")
    places = PlaceSerializer(many=True, required=False)
    fallbacks = FallbackSerializer(many=True, required=False)

    class Meta:
        model = Route
        fields = (
            "id", "organisation", "public_name", "kind", "is_default", "enabled", "strategy", "requirements", "sticky",
            "max_attempts", "hedge_after", *TIMEOUTS, "places", "fallbacks", "created_at",
        )  # fmt: skip
        read_only_fields = ("created_at",)

    def create(self, validated_data: dict[str, Any]) -> Route:
        """With its places and fallbacks, or not at all. Raises ValidationError."""
        places, fallbacks = validated_data.pop("places", []), validated_data.pop("fallbacks", [])
        with transaction.atomic():
            route = Route.objects.create(**validated_data)
            self._add(RouteDeployment, "places", route, places)
            self._add(RouteFallback, "fallbacks", route, fallbacks)
            _check(route)
        return route

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Route:
        """As above."""
        decisive = DECISIVE & validated_data.keys()
        places, fallbacks = validated_data.pop("places", None), validated_data.pop("fallbacks", None)
        with transaction.atomic():
            route: Route = super().update(instance, validated_data)
            if places is not None:
                RouteDeployment.objects.filter(route=route).delete()
                self._add(RouteDeployment, "places", route, places)
            if fallbacks is not None:
                RouteFallback.objects.filter(route=route).delete()
                self._add(RouteFallback, "fallbacks", route, fallbacks)
            if decisive:
                _check(route)
        return Route.objects.get(pk=route.pk)

    def _add(self, model: Any, name: str, route: Route, parts: list[dict[str, Any]]) -> None:
        for index, part in enumerate(parts):
            row = model(route=route, **part)
            try:
                row.full_clean()
            except ModelError as error:
                raise serializers.ValidationError({name: [{}] * index + [as_detail(error)]}) from error
            row.save()


def _check(route: Route) -> None:
    rows = RouteDeployment.objects.filter(route=route).select_related("deployment__provider", "deployment__facts")
    try:
        check_route.execute(route, list(rows))
    except ModelError as error:
        said = as_detail(error)
        raise serializers.ValidationError({RENAMED.get(name, name): why for name, why in said.items()}) from error


class RouteViewSet(SharedViewSet):
    """The names that applications send as `model`."""

    queryset = Route.objects.prefetch_related(
        Prefetch("places", queryset=RouteDeployment.objects.order_by("priority", "-weight", "id")), "fallbacks"
    )
    serializer_class = RouteSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = (
        "organisation", "public_name", "kind", "strategy", "is_default", "enabled",
    )  # fmt: skip
    permissions_by_action: ClassVar[dict[str, str]] = {"explain": "llmproxy.view_route", "past": "llmproxy.view_route"}
    unkept_actions = frozenset({"explain", "dry_run"})

    @extend_schema(request=AskSerializer, responses=ExplanationSerializer)
    @action(detail=True, methods=["post"], filter_backends=())
    def explain(self, request: Request, pk: str) -> Response:
        """What would be done with a call that might come: who would be tried, why, and why others would not."""
        route, given = self.get_object(), AskSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(explained(explain_route.execute(route, ask_for(route, given.validated_data))))

    @extend_schema(
        parameters=[OpenApiParameter("request_id", str, description="Left out: the newest calls of the route.")],
        responses=PastCallsSerializer,
        filters=False,
    )
    @explain.mapping.get
    def past(self, request: Request, pk: str) -> Response:
        """What was done with a past call, as its record has it."""
        route, wanted = self.get_object(), request.query_params.get("request_id")
        if wanted is None:
            return Response(past(explain_call.latest(route, self.person)))
        found = explain_call.execute(route, wanted[:64], self.person)
        if found is None:
            raise NotFound("No call of this route with that request id is on record. Records come within seconds.")
        return Response(past([found]))

    @extend_schema(request=RouteSerializer(partial=True), responses=ReviewSerializer)
    @action(detail=True, methods=["post"])
    def dry_run(self, request: Request, pk: str) -> Response:
        """What the same PATCH would have done to the last day's calls. Changes nothing."""
        route = self.get_object()
        given = self.get_serializer(route, data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        return Response(reviewed(dry_run_route.execute(route, lambda: given.save() and None)))
