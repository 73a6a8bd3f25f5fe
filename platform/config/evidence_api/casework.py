"""`/api/v1/audit/cases`: events of one matter, notes, an owner, a hold, an export, a closing statement."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from audit.actions import work_on_case
from audit.actions.open_case import ADD, add_events, open_case
from audit.actions.work_on_case import VIEW
from audit.models import CaseItem, CaseNote, ExportJob, ReviewCase
from audit.review.case_choices import cases_of
from audit.review.cases import person_named
from audit.review.detail import EventPage
from config.evidence_api.asking import possible


class CaseSerializer(serializers.ModelSerializer[ReviewCase]):
    """A case. Its events are found by the filter `case` as well."""

    class Meta:
        model = ReviewCase
        fields = ("id", "organisation_id", "title", "about", "state", "owner_name", "opened_by_name", "opened_at",
                  "closed_by_name", "closed_at", "statement")  # fmt: skip


class NewCaseSerializer(serializers.Serializer[Any]):
    """Whose events it is about, and what it is called."""

    organisation_id = serializers.CharField(max_length=64, default="", allow_blank=True)
    title = serializers.CharField(min_length=3, max_length=150)
    about = serializers.CharField(max_length=4000, default="", allow_blank=True)


class CaseItemSerializer(serializers.ModelSerializer[CaseItem]):
    """An event of a case."""

    class Meta:
        model = CaseItem
        fields = ("id", "event_id", "event_type", "note", "added_by_name", "added_at")


class NewItemsSerializer(serializers.Serializer[Any]):
    """Events to put into the case, and a note on them."""

    events = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=100)
    note = serializers.CharField(max_length=500, default="", allow_blank=True)


class CaseNoteSerializer(serializers.ModelSerializer[CaseNote]):
    """A line of a case's history."""

    class Meta:
        model = CaseNote
        fields = ("id", "kind", "person_name", "text", "at")


class CaseDeedSerializer(serializers.Serializer[Any]):
    """`note` (`text`), `give` (`to` a person's name), `hold`, `export` (`format`), `close`, `reopen`; with `text`."""

    do = serializers.ChoiceField(choices=("note", "give", "hold", "export", "close", "reopen"))
    text = serializers.CharField(max_length=4000, default="", allow_blank=True)
    to = serializers.CharField(max_length=150, default="", allow_blank=True)
    format = serializers.ChoiceField(choices=ExportJob.Format.choices, default=ExportJob.Format.BUNDLE)
    content = serializers.BooleanField(default=False)


class CaseFilters(FilterSet):
    """By organisation and state."""

    class Meta:
        model = ReviewCase
        fields = ("organisation_id", "state")


class CaseViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[ReviewCase]):
    """Cases of the person's organisations."""

    queryset = ReviewCase.objects.all()
    serializer_class = CaseSerializer
    filterset_class = CaseFilters
    lookup_value_converter = "uuid"
    permissions_by_action: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("list", "retrieve", "items", "actions"), VIEW), "create": ADD,
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[ReviewCase]:
        """See `cases_of`."""
        return cases_of(self.request.user)

    def check_object_permissions(self, request: Request, obj: Any) -> None:
        """Seen is enough: the deeds ask for more."""

    @extend_schema(request=NewCaseSerializer, responses={201: CaseSerializer})
    def create(self, request: Request) -> Response:
        """Open one; whoever does looks after it."""
        given = NewCaseSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        new = given.validated_data
        case = possible(lambda: open_case(request.user, new["organisation_id"], new["title"], new["about"]))
        return Response(CaseSerializer(case).data, status=201)

    @extend_schema(methods=["GET"], request=None, responses=CaseItemSerializer(many=True))
    @extend_schema(methods=["POST"], request=NewItemsSerializer, responses=CaseItemSerializer(many=True))
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def items(self, request: Request, pk: uuid.UUID) -> Response:
        """Its events, at most 1,000; POST: put events into it. None is ever taken out."""
        case = self.get_object()
        if request.method == "POST":
            given = NewItemsSerializer(data=request.data)
            given.is_valid(raise_exception=True)
            found = [EventPage.found(request.user, event) for event in given.validated_data["events"]]
            possible(lambda: add_events(case, request.user, found, given.validated_data["note"]))
        return Response(CaseItemSerializer(case.items.all(), many=True).data)

    @extend_schema(methods=["GET"], request=None, responses=CaseNoteSerializer(many=True))
    @extend_schema(methods=["POST"], request=CaseDeedSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def actions(self, request: Request, pk: uuid.UUID) -> Response:
        """What happened in it; POST: do something."""
        case = self.get_object()
        if request.method == "GET":
            return Response(CaseNoteSerializer(case.notes.all(), many=True).data)
        given = CaseDeedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        possible(lambda: DEEDS[given.validated_data["do"]](case, request.user, given.validated_data))
        return Response(CaseSerializer(self.get_queryset().get(pk=case.pk)).data)


def _export(case: ReviewCase, user: Any, given: dict[str, Any]) -> ExportJob:
    return work_on_case.export_case(case, user, given["format"], given["text"], with_content=given["content"])


DEEDS: Mapping[str, Callable[[ReviewCase, Any, dict[str, Any]], Any]] = {
    "note": lambda case, user, given: work_on_case.note_case(case, user, given["text"]),
    "give": lambda case, user, given: work_on_case.give_case(case, user, person_named(given["to"].strip())),
    "hold": lambda case, user, given: work_on_case.hold_case(case, user, given["text"]),
    "export": _export,
    "close": lambda case, user, given: work_on_case.close_case(case, user, given["text"]),
    "reopen": lambda case, user, given: work_on_case.reopen_case(case, user, given["text"]),
}
