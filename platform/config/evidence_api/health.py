"""`/api/v1/audit/health`: how the log stands in figures, for a monitor that asks often."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from audit.models import AuditEvent, Destination
from audit.vital_signs import vital_signs
from config.evidence_api.finding import SEE
from config.evidence_api.standing import RunSerializer


class AnchorSerializer(serializers.ModelSerializer[Destination]):
    """A place outside that takes checkpoints: the newest size that lies there, failures since it last worked."""

    kind = serializers.CharField()
    size = serializers.IntegerField(source="position")

    class Meta:
        model = Destination
        fields = ("name", "kind", "size", "succeeded_at", "failures")


class HealthSerializer(serializers.Serializer[Any]):
    """`healthy`: nothing of it is a worry; what to do about what is one says `integrity/status`.

    `gaps`: records that are missing; `dead_letters`: bytes that were no records, counted up to 1000.
    """

    healthy = serializers.BooleanField()
    size = serializers.IntegerField()
    signed_size = serializers.IntegerField()
    signed_at = serializers.DateTimeField(allow_null=True)
    lag_seconds = serializers.FloatField()
    last_run = RunSerializer(allow_null=True)
    gaps = serializers.IntegerField()
    dead_letters = serializers.IntegerField()
    anchors = AnchorSerializer(many=True)


class HealthViewSet(GenericViewSet[AuditEvent]):
    """The log as a whole: of no single tenant, and nothing of a record's content is shown."""

    queryset = AuditEvent.objects.none()
    serializer_class = HealthSerializer
    pagination_class = None
    filter_backends = ()
    permissions_by_action: ClassVar[dict[str, str]] = {"health": SEE}

    @extend_schema(responses=HealthSerializer)
    def health(self, request: Request) -> Response:
        """The figures as of now, answered 200 also when they are bad."""
        return Response(HealthSerializer(vital_signs()).data)
