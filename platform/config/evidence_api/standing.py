"""`/api/v1/audit/integrity/status`, `writers`, `gaps`, `dead-letters`, `verify`: whether the log can be relied on."""

import base64
from typing import Any, ClassVar

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.paging import KeysetPagination
from audit import lag
from audit.actions.verify_log import ask_for_verification
from audit.health import problems
from audit.models import AuditEvent, DeadLetter, SignedCheckpoint, SpoolWriterRow, TreeState, VerificationRun
from audit.review.scope import visible
from audit.tasks import hint
from config.evidence_api.asking import EventSerializer, possible
from config.evidence_api.finding import SEE

OF_GAPS = ("audit.gap.detected", "audit.spool.removed", "audit.dropped", "audit.outbox.lost", "audit.clock.skewed")
MOST = 200


class RunSerializer(serializers.ModelSerializer[VerificationRun]):
    """A check of the whole log."""

    class Meta:
        model = VerificationRun
        fields = ("id", "state", "columns", "asked_by", "asked_at", "ended_at", "size", "checked", "events", "findings",
                  "notes", "more")  # fmt: skip


class StatusSerializer(serializers.Serializer[Any]):
    """How the log stands. `problems`: each in words, with what to do."""

    size = serializers.IntegerField()
    signed_size = serializers.IntegerField()
    signed_at = serializers.DateTimeField(allow_null=True)
    lag_seconds = serializers.FloatField()
    last_run = RunSerializer(allow_null=True)
    problems = serializers.ListField(child=serializers.CharField())


class NewRunSerializer(serializers.Serializer[Any]):
    """`columns`: also compare what searches use with the records."""

    columns = serializers.BooleanField(default=True)


class WriterSerializer(serializers.ModelSerializer[SpoolWriterRow]):
    """One life of one process that wrote records."""

    class Meta:
        model = SpoolWriterRow
        fields = ("id", "node", "pid", "boot_id", "opened_at", "last_seq_seen", "gaps", "ended_at")


class LetterSerializer(serializers.ModelSerializer[DeadLetter]):
    """Bytes that were no record; `raw` in base64, its first 4 KiB."""

    raw = serializers.SerializerMethodField()

    class Meta:
        model = DeadLetter
        fields = ("id", "source", "reason", "raw", "found_at")

    def get_raw(self, row: DeadLetter) -> str:
        """Base64."""
        return base64.b64encode(bytes(row.raw)[:4096]).decode()


class StandingViewSet(GenericViewSet[AuditEvent]):
    """The log as a whole: of no single tenant, and nothing of a record's content is shown."""

    queryset = AuditEvent.objects.none()
    serializer_class = StatusSerializer
    pagination_class = None
    permissions_by_action: ClassVar[dict[str, str]] = dict.fromkeys(("status", "gaps", "verify", "runs"), SEE)

    def status(self, request: Request) -> Response:
        """Everything that the integrity page shows first."""
        newest = SignedCheckpoint.objects.using(settings.AUDIT_DB_ALIAS).first()
        found = {
            "size": TreeState.newest_leaf() + 1, "signed_size": newest.size if newest else 0,
            "signed_at": newest.signed_at if newest else None, "lag_seconds": round(lag.seconds(), 3),
            "last_run": VerificationRun.objects.filter(ended_at__isnull=False).first(), "problems": problems(),
        }  # fmt: skip
        return Response(StatusSerializer(found).data)

    @extend_schema(responses=EventSerializer(many=True))
    def gaps(self, request: Request) -> Response:
        """What the log itself found missing, newest first, at most 200."""
        rows = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).filter(type__in=OF_GAPS)
        # Losses of the whole installation concern everybody; those of one organisation only it.
        shared = rows.filter(organisation_id="") | visible(rows, request.user)
        return Response(EventSerializer(shared.defer("raw", "leaf_hash").order_by("-id")[:MOST], many=True).data)

    @extend_schema(request=NewRunSerializer, responses={202: RunSerializer})
    def verify(self, request: Request) -> Response:
        """Have a worker check the whole log; how far it is, is at `verifications`."""
        given = NewRunSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        name = request.user.get_username()
        run = possible(lambda: ask_for_verification(name, columns=given.validated_data["columns"]))
        hint()
        return Response(RunSerializer(run).data, status=202)

    @extend_schema(responses=RunSerializer(many=True))
    def runs(self, request: Request) -> Response:
        """The newest checks, at most 200."""
        return Response(RunSerializer(VerificationRun.objects.all()[:MOST], many=True).data)


class ByOpening(KeysetPagination):
    """The newest writer first."""

    ordering = "-opened_at"


class WriterViewSet(mixins.ListModelMixin, GenericViewSet[SpoolWriterRow]):
    """Processes that write records, and how many of theirs are missing."""

    queryset = SpoolWriterRow.objects.all()
    serializer_class = WriterSerializer
    pagination_class = ByOpening
    filter_backends = ()
    permissions_by_action: ClassVar[dict[str, str]] = {"list": SEE}


class DeadLetterViewSet(mixins.ListModelMixin, GenericViewSet[DeadLetter]):
    """What could not be taken in, for superusers: nobody knows whose it is."""

    queryset = DeadLetter.objects.all()
    serializer_class = LetterSerializer
    pagination_class = KeysetPagination
    filter_backends = ()
