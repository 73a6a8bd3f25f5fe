"""`/api/v1/audit/exports`: asked for, decided on by a second person, downloaded."""

import datetime as dt
import uuid
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import FileResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from audit.actions.decide_exports import decide_export, request_export
from audit.actions.download_export import open_export
from audit.models import ExportJob
from audit.review.exports import as_download, jobs_of
from audit.review.filters import BadFilter, filters
from audit.review.period import BadPeriod, Period
from audit.tasks import hint
from config.evidence_api.asking import possible
from config.evidence_api.deciding import NoteSerializer

SEE = "audit.view_exportjob"


class ExportSerializer(serializers.ModelSerializer[ExportJob]):
    """An export and how it stands."""

    class Meta:
        model = ExportJob
        fields = (
            "id", "organisation_id", "format", "query", "since", "until", "reason", "state", "requested_by_name",
            "requested_at", "decided_by_name", "decided_at", "decision_note", "percent", "events", "size", "sha256",
            "problem", "expires_at", "downloads", "with_content",
        )  # fmt: skip


class NewExportSerializer(serializers.Serializer[Any]):
    """What is wanted, and what for. `organisation_id`: empty for every one (superusers). `content`: what was said as
    well, redacted, in a bundle.
    """

    organisation_id = serializers.CharField(max_length=64, default="", allow_blank=True)
    format = serializers.ChoiceField(choices=ExportJob.Format.choices)
    reason = serializers.CharField(min_length=5, max_length=500)
    filters = serializers.DictField(child=serializers.CharField(max_length=256), default=dict)
    content = serializers.BooleanField(default=False)
    range = serializers.CharField(max_length=16, required=False)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)


class ExportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[ExportJob]):
    """Evidence to take away."""

    queryset = ExportJob.objects.all()
    serializer_class = ExportSerializer
    filter_backends = ()
    lookup_value_converter = "uuid"
    permissions_by_action: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("list", "retrieve", "approve", "deny", "file"), SEE), "create": "audit.add_exportjob",
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[ExportJob]:
        """Those of the person's organisations."""
        return jobs_of(self.request.user)

    def check_object_permissions(self, request: Request, obj: Any) -> None:
        """Seen is enough here: the actions ask for the role, and for a second person."""

    @extend_schema(request=NewExportSerializer, responses={201: ExportSerializer})
    def create(self, request: Request) -> Response:
        """Ask for one; it waits for a second person."""
        new = NewExportSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        given = new.validated_data
        period = _period(given)
        try:
            wanted = filters(given["filters"])
        except BadFilter as error:
            raise ValidationError({"filters": [str(error)]}) from error
        job = possible(
            lambda: request_export(
                request.user,
                given["organisation_id"],
                given["format"],
                period,
                wanted,
                given["reason"],
                with_content=given["content"],
            )
        )
        return Response(ExportSerializer(job).data, status=201)

    @extend_schema(request=NoteSerializer, responses=ExportSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: uuid.UUID) -> Response:
        """As a second person; a worker then builds it."""
        return self._decided(request, approve=True)

    @extend_schema(request=NoteSerializer, responses=ExportSerializer)
    @action(detail=True, methods=["post"])
    def deny(self, request: Request, pk: uuid.UUID) -> Response:
        """As a second person, with a note."""
        return self._decided(request, approve=False)

    @extend_schema(request=None, responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["post"])
    def file(self, request: Request, pk: uuid.UUID) -> FileResponse:
        """The file, for who asked or approved. POST, because each download is on record."""
        job = self.get_object()
        return as_download(job, possible(lambda: open_export(job, request.user)))

    def _decided(self, request: Request, *, approve: bool) -> Response:
        job, given = self.get_object(), NoteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        note = given.validated_data["note"]
        job = possible(lambda: decide_export(job.pk, request.user, approve=approve, note=note))
        hint()
        return Response(ExportSerializer(job).data)


def _period(given: dict[str, Any]) -> Period:
    asked = {"from": given.get("since"), "to": given.get("until"), "range": given.get("range")}
    query = {name: str(value) for name, value in asked.items() if value is not None}
    try:
        return Period.asked_for(query, timezone.now().astimezone(dt.UTC))
    except BadPeriod as error:
        raise ValidationError({"since": [str(error)]}) from error
