"""`/api/v1/audit/review/queues`, `review/items`, `saved-views`: judging events, and searches that are kept."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError as NotSaved
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from audit.actions.assign_item import assign_item
from audit.actions.comment_item import comment_item
from audit.actions.errors import NotNow
from audit.actions.give_verdict import give_verdict
from audit.actions.open_case import escalate_item
from audit.actions.queue_event import queue_event
from audit.actions.reserve_item import LEAD, next_item, release_item, reserve_item
from audit.models import ReviewAction, ReviewItem, ReviewQueue, SavedView, Verdict
from audit.review.case_choices import cases_of
from audit.review.detail import EventPage
from audit.review.queues import items_of
from audit.review.saved_views import save, views_of
from audit.review.scope import queues_of
from config.evidence_api.asking import possible
from config.evidence_api.finding import SEE

JUDGE = "audit.give_verdict"


class QueueSerializer(serializers.ModelSerializer[ReviewQueue]):
    """Which events are reviewed."""

    class Meta:
        model = ReviewQueue
        fields = ("id", "organisation_id", "name", "query", "sample_percent", "rubric", "reviewers_per_item",
                  "reservation_minutes", "enabled", "created_at")  # fmt: skip


class ItemSerializer(serializers.ModelSerializer[ReviewItem]):
    """An event that is to be judged."""

    queue_name = serializers.CharField(source="queue.name", read_only=True)

    class Meta:
        model = ReviewItem
        fields = ("id", "queue", "queue_name", "organisation_id", "event_id", "event_type", "state", "verdict",
                  "assigned_to", "reserved_by_name", "reserved_until", "created_at", "decided_at")  # fmt: skip


class ActionSerializer(serializers.ModelSerializer[ReviewAction]):
    """What somebody said about an item."""

    class Meta:
        model = ReviewAction
        fields = ("id", "kind", "person_name", "verdict", "comment", "created_at")


class DeedSerializer(serializers.Serializer[Any]):
    """`take` it, give a `verdict`, `comment`, `assign` (`to` a person's name, for leads), `release`, or `escalate` it:
    to a `case`, or to a new one with a `title`.
    """

    do = serializers.ChoiceField(choices=("take", "verdict", "comment", "assign", "release", "escalate"))
    verdict = serializers.ChoiceField(choices=Verdict.choices, required=False)
    comment = serializers.CharField(max_length=4000, default="", allow_blank=True)
    to = serializers.CharField(max_length=150, default="", allow_blank=True)
    case = serializers.UUIDField(required=False)
    title = serializers.CharField(max_length=150, default="", allow_blank=True)


class EventIdSerializer(serializers.Serializer[Any]):
    """Which event."""

    event = serializers.UUIDField()


class QueueViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[ReviewQueue]):
    """Review queues; they are made in the admin."""

    queryset = ReviewQueue.objects.all()
    serializer_class = QueueSerializer
    filter_backends = ()
    lookup_value_converter = "uuid"
    permissions_by_action: ClassVar[dict[str, str]] = dict.fromkeys(("list", "retrieve", "next", "add"), JUDGE)

    def get_queryset(self) -> QuerySet[ReviewQueue]:
        """Those over events that the person may see."""
        return queues_of(self.request.user)

    def check_object_permissions(self, request: Request, obj: Any) -> None:
        """Seen is enough to judge."""

    @extend_schema(request=None, responses={200: ItemSerializer, 204: None})
    @action(detail=True, methods=["post"])
    def next(self, request: Request, pk: uuid.UUID) -> Response:
        """Reserve the next item for oneself; 204 where nothing waits."""
        item = next_item(self.get_object(), request.user)
        return Response(status=204) if item is None else Response(ItemSerializer(item).data)

    @extend_schema(request=EventIdSerializer, responses={201: None, 200: None})
    @action(detail=True, methods=["post"])
    def add(self, request: Request, pk: uuid.UUID) -> Response:
        """Put an event into the queue by hand; 200 where it was there already."""
        given = EventIdSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        event = EventPage.found(request.user, given.validated_data["event"])
        return Response(status=201 if queue_event(self.get_object(), event, by_hand=True) else 200)


class ItemViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[ReviewItem]):
    """Items of the person's queues."""

    queryset = ReviewItem.objects.all()
    serializer_class = ItemSerializer
    filter_backends = ()
    lookup_value_converter = "uuid"
    permissions_by_action: ClassVar[dict[str, str]] = dict.fromkeys(("list", "retrieve", "actions"), JUDGE)

    def get_queryset(self) -> QuerySet[ReviewItem]:
        """Whose queue and event both are the person's to see."""
        return items_of(self.request.user)

    def check_object_permissions(self, request: Request, obj: Any) -> None:
        """Seen is enough: the deeds ask for more."""

    @extend_schema(methods=["GET"], request=None, responses=ActionSerializer(many=True))
    @extend_schema(methods=["POST"], request=DeedSerializer, responses=ItemSerializer)
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def actions(self, request: Request, pk: uuid.UUID) -> Response:
        """What was said; POST: do something. The second reviewer sees the first verdict after his own."""
        item = self.get_object()
        if request.method == "GET":
            hidden = item.state == ReviewItem.State.SECOND and not item.was_judged_by(str(request.user.pk))
            rows = item.actions.exclude(kind="verdict") if hidden else item.actions.all()
            return Response(ActionSerializer(rows, many=True).data)
        given = DeedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        possible(lambda: _done(item, request.user, given.validated_data))
        return Response(ItemSerializer(get_object_or_404(self.get_queryset(), pk=item.pk)).data)


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    """A search that is kept: `query` as in the explorer's address."""

    class Meta:
        model = SavedView
        fields = ("id", "name", "query", "owner_name", "shared", "created_at")
        read_only_fields = ("owner_name", "created_at")


class SavedViewViewSet(mixins.ListModelMixin, GenericViewSet[SavedView]):
    """One's own, and those that are shared."""

    queryset = SavedView.objects.all()
    serializer_class = SavedViewSerializer
    filter_backends = ()
    permissions_by_action: ClassVar[dict[str, str]] = dict.fromkeys(("list", "create", "destroy"), SEE)

    def get_queryset(self) -> QuerySet[SavedView]:
        """See `views_of`."""
        return views_of(self.request.user)

    @extend_schema(responses={201: SavedViewSerializer})
    def create(self, request: Request) -> Response:
        """Keep one under a name; the same name again replaces it."""
        given = SavedViewSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        new = given.validated_data
        try:
            view = save(request.user, new["name"].strip(), new["query"], shared=new.get("shared", False))
        except NotSaved as error:
            raise ValidationError({"name": error.messages}) from error
        return Response(SavedViewSerializer(view).data, status=201)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, view_id: uuid.UUID) -> Response:
        """One of one's own."""
        get_object_or_404(self.get_queryset().filter(owner_id=str(request.user.pk)), pk=view_id).delete()
        return Response(status=204)


def _done(item: ReviewItem, user: Any, given: dict[str, Any]) -> None:
    """Raises NotNow."""
    do, comment = given["do"], given["comment"].replace("\r\n", "\n")
    if do == "take":
        reserve_item(item.pk, user)
    elif do == "release":
        release_item(item, user)
    elif do == "comment":
        comment_item(item, user, comment)
    elif do == "verdict":
        give_verdict(item.pk, user, given.get("verdict", ""), comment)
    elif do == "escalate":
        _escalate(item, user, given)
    else:
        _assign(item, user, given["to"].strip())


def _escalate(item: ReviewItem, user: Any, given: dict[str, Any]) -> None:
    event = EventPage.found(user, item.event_id)
    chosen = given.get("case")
    case = None if chosen is None else get_object_or_404(cases_of(user), pk=chosen)
    escalate_item(item, user, event, case, given["title"])


def _assign(item: ReviewItem, user: Any, name: str) -> None:
    if not user.has_perm(LEAD):
        raise NotNow("Only a review lead assigns items.")
    person = None
    if name:
        person = get_user_model()._default_manager.filter(username=name, is_active=True).first()
        if person is None or not person.has_perm(JUDGE):
            raise NotNow(f"There is no reviewer named {name}.")
    assign_item(item.pk, user, person)
