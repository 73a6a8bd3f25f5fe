"""`/api/v1/audit/alerts`, `alert-rules`: what rules found, and what people did about it."""

import uuid
from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters.rest_framework.filterset import FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from audit.actions.answer_alert import VIEW, acknowledge_alert, close_alert
from audit.models import Alert, AlertRule
from audit.review.alerts import alerts_of, case_from, rules_of
from config.evidence_api.asking import possible
from config.evidence_api.casework import CaseSerializer


class EvidenceAlertSerializer(serializers.ModelSerializer[Alert]):
    """What a rule found. While it is not closed, what the rule finds more is counted in it."""

    rule_name = serializers.CharField(source="rule.name", read_only=True)

    class Meta:
        model = Alert
        fields = ("id", "rule", "rule_name", "organisation_id", "state", "events", "first_event", "last_event",
                  "first_at", "last_at", "raised_at", "acknowledged_by_name", "acknowledged_at", "closed_by_name",
                  "closed_at", "note", "told_at", "attempts", "problem")  # fmt: skip


class AlertClosingSerializer(serializers.Serializer[Any]):
    """What came of it."""

    note = serializers.CharField(min_length=3, max_length=500)


class AlertRuleSerializer(serializers.ModelSerializer[AlertRule]):
    """What is worth telling somebody."""

    class Meta:
        model = AlertRule
        fields = ("id", "organisation_id", "name", "query", "at_least", "window_minutes", "mails", "url", "enabled",
                  "created_at")  # fmt: skip


class AlertFilters(FilterSet):
    """By organisation, rule and state."""

    class Meta:
        model = Alert
        fields = ("organisation_id", "rule", "state")


class EvidenceAlertViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Alert]):
    """Alerts of the person's organisations."""

    queryset = Alert.objects.all()
    serializer_class = EvidenceAlertSerializer
    filterset_class = AlertFilters
    lookup_value_converter = "uuid"
    permissions_by_action: ClassVar[dict[str, str]] = dict.fromkeys(
        ("list", "retrieve", "acknowledge", "close", "case"), VIEW
    )

    def get_queryset(self) -> QuerySet[Alert]:
        """See `alerts_of`."""
        return alerts_of(self.request.user)

    def check_object_permissions(self, request: Request, obj: Any) -> None:
        """Seen is enough: the deeds ask for more."""

    @extend_schema(request=None, responses=EvidenceAlertSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: uuid.UUID) -> Response:
        """Say that one looks at it."""
        alert = self.get_object()
        return Response(EvidenceAlertSerializer(possible(lambda: acknowledge_alert(alert, request.user))).data)

    @extend_schema(request=AlertClosingSerializer, responses=EvidenceAlertSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: uuid.UUID) -> Response:
        """With a note on what came of it."""
        alert, given = self.get_object(), AlertClosingSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        note = given.validated_data["note"]
        return Response(EvidenceAlertSerializer(possible(lambda: close_alert(alert, request.user, note))).data)

    @extend_schema(request=None, responses={201: CaseSerializer})
    @action(detail=True, methods=["post"])
    def case(self, request: Request, pk: uuid.UUID) -> Response:
        """Open a case with its first and its last event."""
        alert = self.get_object()
        return Response(CaseSerializer(possible(lambda: case_from(alert, request.user))).data, status=201)


class AlertRuleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[AlertRule]):
    """Alert rules; they are made in the admin."""

    queryset = AlertRule.objects.all()
    serializer_class = AlertRuleSerializer
    filter_backends = ()
    lookup_value_converter = "uuid"
    permissions_by_action: ClassVar[dict[str, str]] = dict.fromkeys(("list", "retrieve"), VIEW)

    def get_queryset(self) -> QuerySet[AlertRule]:
        """Those over events that the person may see."""
        return rules_of(self.request.user)
