"""`/api/v1/audit/events`, `aggregate`, `histogram`, `sessions/{id}`, `keys/{id}/timeline`: finding what happened."""

import uuid
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from audit.actions.prove_event import prove_event
from audit.models import AuditEvent
from audit.review import facets, scope, search
from audit.review.detail import EventPage
from audit.review.filters import BadFilter, filters
from config.evidence_api.asking import (
    CURSORS,
    FILTER_PARAMETERS,
    PAGE_PARAMETERS,
    Asked,
    EventSerializer,
    PageSerializer,
    asked,
    cursor,
    possible,
    whole,
)
from config.evidence_api.preferring import COUNT_ESTIMATED, COUNT_PARAMETERS, wants_estimate

SEE = "audit.view_auditevent"
MOST_OF_ONE = 500


class ValueSerializer(serializers.Serializer[Any]):
    """A value and how many events have it."""

    value = serializers.CharField()
    events = serializers.IntegerField()


class FacetSerializer(serializers.Serializer[Any]):
    """A dimension and its most frequent values, as if it were not filtered by."""

    name = serializers.CharField()
    title = serializers.CharField()
    values = ValueSerializer(many=True)


class BarSerializer(serializers.Serializer[Any]):
    """The events of a stretch of time."""

    start = serializers.DateTimeField()
    success = serializers.IntegerField()
    trouble = serializers.IntegerField()


class EvidenceViewSet(GenericViewSet[AuditEvent]):
    """What all of these share: the events of the person's organisations."""

    queryset = AuditEvent.objects.none()
    serializer_class = EventSerializer
    pagination_class = None
    filter_backends = ()
    permissions_by_action: ClassVar[dict[str, str]] = {}

    def page(self, request: Request, question: Asked) -> Response:
        """One page of what was asked."""
        limit = whole(request.query_params, "limit", 1, search.PAGE, search.PAGE)
        before, after = cursor(request.query_params, "cursor"), cursor(request.query_params, "newer_than")
        found = search.page(request.user, question.period, question.wanted, before, after)
        shown = found.events[:limit] if after is None else found.events[-limit:]
        older = shown[-1].pk if len(shown) < len(found.events) and after is None else found.older
        page = {
            "items": shown, "next_cursor": older, "previous_cursor": found.newer,
            "looked_back_to": found.looked_back_to,
        }  # fmt: skip
        return Response(PageSerializer(page).data)


class EventViewSet(EvidenceViewSet):
    """Events, newest first."""

    permissions_by_action = dict.fromkeys(("list", "retrieve", "proof", "record"), SEE)

    @extend_schema(parameters=[*PAGE_PARAMETERS, *COUNT_PARAMETERS], responses=PageSerializer)
    def list(self, request: Request) -> Response:
        """By the explorer's filters."""
        question = asked(request, *CURSORS)
        answer = self.page(request, question)
        if wants_estimate(request) and (total := facets.estimated(request.user, *question)) is not None:
            answer.data["estimated_total"] = total
            answer["Preference-Applied"] = COUNT_ESTIMATED
        return answer

    @extend_schema(responses=EventSerializer)
    def retrieve(self, request: Request, event_id: uuid.UUID) -> Response:
        """One event."""
        return Response(EventSerializer(EventPage.found(request.user, event_id)).data)

    @extend_schema(responses={(200, "text/plain"): OpenApiTypes.STR})
    def proof(self, request: Request, event_id: uuid.UUID) -> HttpResponse:
        """That the event is in the log, as C2SP tlog-proof; check it with `gatehouse-audit proof`."""
        event = EventPage.found(request.user, event_id)
        return HttpResponse(possible(lambda: prove_event(event)).text(), content_type="text/plain; charset=utf-8")

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.BINARY})
    def record(self, request: Request, event_id: uuid.UUID) -> HttpResponse:
        """The exact bytes that were hashed."""
        return HttpResponse(bytes(EventPage.found(request.user, event_id).raw), content_type="application/json")


class FigureViewSet(EvidenceViewSet):
    """Counted from the roll-ups: it costs the same at any number of events."""

    permissions_by_action = dict.fromkeys(("aggregate", "histogram"), SEE)

    @extend_schema(parameters=FILTER_PARAMETERS, responses=FacetSerializer(many=True))
    def aggregate(self, request: Request) -> Response:
        """How many events of each outcome, type, model, team and so on."""
        question = asked(request)
        found = facets.facets(request.user, question.period, question.wanted)
        return Response(
            [
                {
                    "name": facet.name, "title": facet.title,
                    "values": [{"value": value, "events": number} for value, number in facet.values],
                }
                for facet in found
            ]
        )  # fmt: skip

    @extend_schema(parameters=FILTER_PARAMETERS, responses=BarSerializer(many=True))
    def histogram(self, request: Request) -> Response:
        """When they happened. Filters that only events themselves can answer are left out of the count."""
        question = asked(request)
        bars = facets.histogram(request.user, question.period, question.wanted)
        return Response([{"start": start, **{name: int(n) for name, n in bar.items()}} for start, bar in bars])


class StoryViewSet(EvidenceViewSet):
    """Everything of one session, everything by and about one key."""

    permissions_by_action = dict.fromkeys(("session", "key"), SEE)

    @extend_schema(responses=EventSerializer(many=True))
    def session(self, request: Request, session_id: str) -> Response:
        """A session's events in their order, at most 500."""
        try:
            wanted = filters({"session": session_id})
        except BadFilter as error:
            raise Http404 from error
        return self._told(scope.events(request.user).filter(wanted.rest or Q(session_id=session_id)))

    @extend_schema(parameters=PAGE_PARAMETERS, responses=PageSerializer)
    def key(self, request: Request, key_id: str) -> Response:
        """What the key did, newest first; what was done to it is at `events?target=…`."""
        question = asked(request, *CURSORS)
        return self.page(request, question._replace(wanted=filters({**question.wanted.given, "key": key_id})))

    def _told(self, rows: QuerySet[AuditEvent]) -> Response:
        found = list(rows.order_by("id")[:MOST_OF_ONE])
        if not found:
            raise Http404
        return Response(EventSerializer(found, many=True).data)
