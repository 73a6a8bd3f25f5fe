"""`/api/v1/limits`: how much calls may use in a window of time."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.rows import TRIAL
from llmproxy.api.scoped import SCOPE, DryRunSerializer, ScopedRuleSerializer, told
from llmproxy.api.sharing import SharedViewSet
from llmproxy.ledger import dry_run
from llmproxy.models import Limit


class LimitSerializer(ScopedRuleSerializer):
    """So many requests, tokens or parallel calls."""

    class Meta:
        model = Limit
        fields = (*SCOPE, "unit", "amount", "window", "shadow", "when_away", "enabled", "created_at")
        read_only_fields = ("created_at",)
        extra_kwargs: ClassVar[dict[str, Any]] = {"amount": {"error_messages": {"invalid": "A whole number."}}}


class LimitViewSet(SharedViewSet):
    """In force on every worker within a second."""

    queryset = Limit.objects.all()
    serializer_class = LimitSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "team", "api_key", "unit", "shadow", "enabled")

    @extend_schema(request=LimitSerializer, responses=DryRunSerializer)
    @action(detail=False, methods=["post"])
    def dry_run(self, request: Request) -> Response:
        """What such a limit would have done to the calls of the last day. Nothing is stored."""
        context = {**self.get_serializer_context(), TRIAL: True}
        serializer = self.serializer_class(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        rule = Limit(**values)
        return Response(told(dry_run.of_limit(rule.frozen(), rule.where())))
