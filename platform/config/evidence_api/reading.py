"""`POST /api/v1/audit/events/{id}/content` and `POST /api/v1/audit/hash`: what was said, and where a secret was."""

import uuid
from typing import Any, ClassVar

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.refusals import NotPossibleNow
from audit.actions.errors import NotNow
from audit.actions.find_secret import find_secret
from audit.actions.read_content import kept_of, may_read, read_content
from audit.models import AuditEvent, SecretSighting
from audit.review.detail import EventPage


class ReasonToReadSerializer(serializers.Serializer[Any]):
    """Why it is read, and which copy."""

    reason = serializers.CharField(min_length=5, max_length=500)
    copy = serializers.ChoiceField(choices=("redacted", "original"), default="redacted")


class MessageSerializer(serializers.Serializer[Any]):
    """Who said what."""

    role = serializers.CharField()
    text = serializers.CharField()


class SaidSerializer(serializers.Serializer[Any]):
    """One body: `messages` as they are read, `raw` as it was kept; `problem` where there is nothing to read."""

    kind = serializers.ChoiceField(choices=("request", "answer"), source="kept.kind")
    size = serializers.IntegerField(source="kept.size")
    cut = serializers.BooleanField(source="kept.cut")
    messages = MessageSerializer(many=True)
    raw = serializers.CharField()
    problem = serializers.CharField()


class ContentViewSet(GenericViewSet[AuditEvent]):
    """What was said in a call. Each reading is on record before anything is answered."""

    queryset = AuditEvent.objects.none()
    serializer_class = SaidSerializer
    permissions_by_action: ClassVar[dict[str, str]] = {"create": "audit.view_auditevent"}
    unkept_actions = frozenset({"create"})  # such an answer is kept nowhere, not even for who sends twice
    pagination_class = None
    filter_backends = ()

    @extend_schema(request=ReasonToReadSerializer, responses=SaidSerializer(many=True))
    def create(self, request: Request, event_id: uuid.UUID) -> Response:
        """404 for what is not the person's to see, and where nothing was kept."""
        event = EventPage.found(request.user, event_id)
        if not may_read(request.user, event.organisation_id):
            self.permission_denied(request)
        if not kept_of(event):
            raise Http404
        given = ReasonToReadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            said = read_content(
                event, request.user, given.validated_data["reason"],
                original=given.validated_data["copy"] == "original",
            )  # fmt: skip
        except NotNow as error:
            raise NotPossibleNow(str(error)) from error
        answer = Response(SaidSerializer(said, many=True).data)
        answer["Cache-Control"] = "no-store"
        return answer


class SecretSerializer(serializers.Serializer[Any]):
    """The secret that is looked for; it is kept nowhere."""

    secret = serializers.CharField(min_length=8, max_length=16_384, write_only=True)


class SightingSerializer(serializers.ModelSerializer[SecretSighting]):
    """Where it was: `content_id` is the id of the event that says that the body was kept."""

    class Meta:
        model = SecretSighting
        fields = ("content_id", "request_id", "organisation_id", "occurred_at", "digest")


class FoundSerializer(serializers.Serializer[Any]):
    """The digest that the secret has this month, and where it was seen."""

    digest = serializers.CharField()
    months = serializers.IntegerField(help_text="How many months of kept content were searched.")
    sightings = SightingSerializer(many=True)


class HashViewSet(GenericViewSet[SecretSighting]):
    """Find a secret by its keyed digests."""

    queryset = SecretSighting.objects.none()
    serializer_class = FoundSerializer
    permissions_by_action: ClassVar[dict[str, str]] = {"create": "audit.view_auditevent"}
    unkept_actions = frozenset({"create"})  # such an answer is kept nowhere, not even for who sends twice
    pagination_class = None
    filter_backends = ()

    @extend_schema(request=SecretSerializer, responses=FoundSerializer)
    def create(self, request: Request) -> Response:
        """That somebody looked is on record, what for is not."""
        given = SecretSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            found = find_secret(request.user, given.validated_data["secret"])
        except NotNow as error:
            raise NotPossibleNow(str(error)) from error
        answer = Response(FoundSerializer(found).data)
        answer["Cache-Control"] = "no-store"
        return answer
