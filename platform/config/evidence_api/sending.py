"""`/api/v1/audit/sinks`: where events and checkpoints go, for superusers: what is sent is every organisation's."""

import uuid
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api.refusals import NotPossibleNow
from audit.actions.feed_sinks import behind
from audit.actions.probe_destination import probe
from audit.actions.restart_sink import restart_sink
from audit.channels.delivery import NotDelivered
from audit.models import Destination


class SinkSerializer(serializers.ModelSerializer[Destination]):
    """A destination and how it stands; `behind`: events that it has not got yet."""

    behind = serializers.SerializerMethodField()

    class Meta:
        model = Destination
        fields = ("id", "name", "kind", "takes", "address", "enabled", "position", "behind", "succeeded_at", "failures",
                  "problem")  # fmt: skip

    def get_behind(self, row: Destination) -> int:
        """0 for those that take checkpoints."""
        return behind(row) if row.takes == Destination.Takes.EVENTS else 0


class PositionSerializer(serializers.Serializer[Any]):
    """The leaf number to go on from."""

    position = serializers.IntegerField(min_value=0)


class SinkViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Destination]):
    """Destinations; they are set up in the admin, where a probe is sent."""

    queryset = Destination.objects.all()
    serializer_class = SinkSerializer
    filter_backends = ()
    lookup_value_converter = "uuid"

    def organisation_of(self, row: Destination) -> str:
        """Of none."""
        return ""

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: uuid.UUID) -> Response:
        """Send a probe; 409 says why it did not arrive."""
        try:
            probe(self.get_object())
        except NotDelivered as error:
            raise NotPossibleNow(f"It did not arrive: {error}") from error
        return Response(status=204)

    @extend_schema(request=PositionSerializer, responses=SinkSerializer)
    @action(detail=True, methods=["post"])
    def reset(self, request: Request, pk: uuid.UUID) -> Response:
        """Send events once more from a leaf on."""
        row, given = self.get_object(), PositionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            restart_sink(row, given.validated_data["position"])
        except ValueError as error:
            raise NotPossibleNow(str(error)) from error
        return Response(SinkSerializer(row).data)
