"""`/api/v1/my/sessions` and `/api/v1/my/usage`: what a person sees of himself, for programs."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from accounts import sessions_list
from accounts.actions import end_one_session, end_sessions, renew
from accounts.api.own import OwnRows
from accounts.models import BrowserSession, RefreshFamily, User
from accounts.own_usage import usage_of

LONGEST_DAYS = 366
BECAUSE = "ended_by_the_person"


class SessionSerializer(serializers.Serializer[Any]):
    """A browser or a tool."""

    id = serializers.CharField(source="pk")
    kind = serializers.ChoiceField(choices=(sessions_list.BROWSER, sessions_list.TOOL))
    device = serializers.CharField(help_text="From the User-Agent, which anybody can make up.")
    address = serializers.CharField()
    where = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


class UsedSerializer(serializers.Serializer[Any]):
    """Of a day or of a model."""

    name = serializers.CharField()
    calls = serializers.IntegerField()
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    cost_nano = serializers.IntegerField(help_text="1e-9 dollars.")
    unpriced = serializers.IntegerField(help_text="Calls without a known price.")


class UsageSerializer(serializers.Serializer[Any]):
    """The asker's own."""

    total = UsedSerializer()
    days = UsedSerializer(many=True)
    models = UsedSerializer(many=True)


class OwnSessionViewSet(ViewSet):
    """The asker's sessions."""

    permission_classes = (OwnRows,)
    lookup_value_converter = "slug"

    @extend_schema(responses=SessionSerializer(many=True))
    def list(self, request: Request) -> Response:
        """Browsers, then tools; not paged, there are few."""
        person = _person(request)
        rows = [*sessions_list.browsers(person), *sessions_list.tools(person)]
        return Response(SessionSerializer(rows, many=True).data)

    @extend_schema(parameters=[OpenApiParameter("id", str, "path")], responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Ends it within a second."""
        person = _person(request)
        browser = BrowserSession.objects.filter(pk=pk, user=person).first()
        if browser is not None:
            end_one_session.browser(browser, BECAUSE)
            return Response(status=204)
        family = RefreshFamily.objects.filter(pk=_uuid(pk), user=person).select_related("user").first()
        if family is None:
            raise NotFound
        renew.end(family, BECAUSE)
        return Response(status=204)

    @extend_schema(request=None, responses={204: None})
    @action(detail=False, methods=["post"])
    def end_all(self, request: Request) -> Response:
        """Everywhere, the token of this call included."""
        end_sessions.execute(_person(request), BECAUSE)
        return Response(status=204)


class OwnUsageViewSet(ViewSet):
    """What the asker used himself."""

    permission_classes = (OwnRows,)

    @extend_schema(parameters=[OpenApiParameter("days", int, description="1 to 366; 30")], responses=UsageSerializer)
    def list(self, request: Request) -> Response:
        """By day and by model, from the roll-ups."""
        text = request.query_params.get("days", "30")
        if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= LONGEST_DAYS):
            raise ValidationError({"days": f"A number from 1 to {LONGEST_DAYS}."})
        return Response(UsageSerializer(usage_of(_person(request), int(text))).data)


def _person(request: Request) -> User:
    if not isinstance(request.user, User):
        raise TypeError("a signed-in person is needed")
    return request.user


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound from error
