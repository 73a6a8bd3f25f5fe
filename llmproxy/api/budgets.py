"""`/api/v1/budgets`, `/api/v1/budget-increases`, `/api/v1/budget-alerts`: how much calls may cost."""

from dataclasses import asdict
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as ModelError
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.api.refusals import NotPossibleNow
from accounts.api.rows import TRIAL, as_detail
from accounts.api.viewsets import TenantViewSet
from llmproxy.actions import increase_budget
from llmproxy.api.scoped import SCOPE, DryRunSerializer, ScopedRuleSerializer, told
from llmproxy.api.sharing import SharedViewSet
from llmproxy.budgets.standing import Standing, standings
from llmproxy.ledger import dry_run
from llmproxy.ledger.usage import dollars
from llmproxy.models import Budget, BudgetAlert, BudgetIncrease


class BudgetSerializer(ScopedRuleSerializer):
    """So much money, in US dollars, in a window."""

    thresholds = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=1000), required=False)
    alert_mails = serializers.ListField(child=serializers.EmailField(), required=False)
    alert_secret = serializers.CharField(
        write_only=True, required=False, help_text="What webhooks are signed with; it is never shown again."
    )

    class Meta:
        model = Budget
        fields = (
            *SCOPE, "amount", "window", "hard", "unknown_price", "default_output", "named_only", "thresholds",
            "alert_mails", "alert_url", "alert_secret", "enabled", "created_at",
        )  # fmt: skip
        read_only_fields = ("created_at",)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """By the model; a secret that comes with the webhook counts as there."""
        secret = attrs.pop("alert_secret", None)
        has_secret = secret or (self.instance is not None and self.instance.alert_secret_sealed)
        if attrs.get("alert_url") and not has_secret:
            raise serializers.ValidationError({"alert_secret": "A webhook needs a secret to be signed with."})
        url = attrs.pop("alert_url", None)
        checked = super().validate(attrs)
        return checked | ({"alert_url": url} if url is not None else {}) | ({"alert_secret": secret} if secret else {})


class StandingSerializer(serializers.Serializer[Any]):
    """One subject in the running window; amounts in US dollars."""

    subject = serializers.CharField(allow_blank=True)
    spent = serializers.CharField()
    held = serializers.CharField(help_text="Reserved for calls that run, or leased by a process.")
    left = serializers.CharField()
    limit = serializers.CharField(help_text="With what was added for a while.")
    percent = serializers.IntegerField()
    resets_at = serializers.DateTimeField(allow_null=True)
    forecast = serializers.CharField(allow_null=True, help_text="Spent at the end of the window, at the pace so far.")
    used_up_at = serializers.DateTimeField(allow_null=True, help_text="At that pace; null: not within the window.")


class BudgetViewSet(SharedViewSet):
    """In force on every worker within a second. Never overspent."""

    queryset = Budget.objects.all()
    serializer_class = BudgetSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "team", "api_key", "window", "hard", "enabled")

    @extend_schema(responses=StandingSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=())
    def standing(self, request: Request, pk: str) -> Response:
        """Spent, held, left and forecast, of each subject that spent something; the largest first, at most 200."""
        return Response([_told(one) for one in standings(self.get_object())])

    @extend_schema(request=BudgetSerializer, responses=DryRunSerializer)
    @action(detail=False, methods=["post"])
    def dry_run(self, request: Request) -> Response:
        """What such a budget would have done to the calls of the last day. Nothing is stored."""
        context = {**self.get_serializer_context(), TRIAL: True}
        serializer = self.serializer_class(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        values = {name: value for name, value in serializer.validated_data.items() if name != "alert_secret"}
        rule = Budget(**values)
        return Response(told(dry_run.of_budget(rule.frozen(), rule.where())))


class OwnBudgetField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A budget that the person may change."""

    def get_queryset(self) -> Any:
        """Those of the person."""
        return Budget.objects.changeable_by(self.context["request"].user)


class IncreaseSerializer(serializers.ModelSerializer[BudgetIncrease]):
    """More US dollars for a while: asked for by one person, decided on by another."""

    budget = OwnBudgetField()

    class Meta:
        model = BudgetIncrease
        fields = (
            "id", "budget", "amount", "ends_at", "reason", "state", "requested_by", "requested_at", "decided_by",
            "decided_at",
        )  # fmt: skip
        read_only_fields = ("state", "requested_by", "requested_at", "decided_by", "decided_at")


class IncreaseViewSet(TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin):
    """They end by themselves."""

    queryset = BudgetIncrease.objects.select_related("budget")
    serializer_class = IncreaseSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("budget", "state")
    tenant_path = "budget__organisation"
    permissions_by_action: ClassVar[dict[str, str]] = {
        "approve": "llmproxy.decide_budgetincrease", "deny": "llmproxy.decide_budgetincrease",
    }  # fmt: skip

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        """By the action. Raises ValidationError."""
        try:
            serializer.instance = increase_budget.request(user=self.person, **serializer.validated_data)
        except ModelError as error:
            raise serializers.ValidationError(as_detail(error)) from error

    @extend_schema(request=None, responses=IncreaseSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """By somebody else than who asked. Raises NotPossibleNow."""
        return self._decided(approve=True)

    @extend_schema(request=None, responses=IncreaseSerializer)
    @action(detail=True, methods=["post"])
    def deny(self, request: Request, pk: str) -> Response:
        """By somebody else than who asked. Raises NotPossibleNow."""
        return self._decided(approve=False)

    def _decided(self, *, approve: bool) -> Response:
        try:
            done = increase_budget.decide(self.get_object().pk, self.person, approve=approve)
        except increase_budget.NotDecided as error:
            raise NotPossibleNow(str(error)) from error
        return Response(self.get_serializer(done).data)


class AlertSerializer(serializers.ModelSerializer[BudgetAlert]):
    """A threshold that was reached. Amounts in nano-dollars (10⁻⁹)."""

    class Meta:
        model = BudgetAlert
        fields = (
            "id", "budget", "subject", "threshold", "spent_nano", "limit_nano", "raised_at", "told_at", "problem",
        )  # fmt: skip
        read_only_fields = fields


class AlertViewSet(TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """Told by mail and webhook as the budget says."""

    queryset = BudgetAlert.objects.select_related("budget")
    serializer_class = AlertSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("budget", "threshold")
    tenant_path = "budget__organisation"


def _told(one: Standing) -> dict[str, Any]:
    amounts = {name: dollars(getattr(one, name)) for name in ("spent", "held", "left", "limit", "forecast")}
    return {**asdict(one), **amounts, "percent": one.percent}
