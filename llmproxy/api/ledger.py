"""`/api/v1/ledger`, `/api/v1/repricings`, `/api/v1/statements`: settled calls, priced anew, and monthly statements."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError as ModelError
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.api.refusals import NotPossibleNow
from accounts.api.rows import OnlyOrganisation, TenantField, as_detail
from accounts.api.viewsets import TenantViewSet
from accounts.models import Organisation
from audit.context import Target
from audit.log import record
from llmproxy.actions import reprice
from llmproxy.actions.increase_budget import NotDecided
from llmproxy.ledger.statement import BadMonth, Statement, as_csv, as_pdf, statement
from llmproxy.ledger.usage import dollars
from llmproxy.models import LedgerEntry, Repricing

FORMATS = {"json": None, "csv": (as_csv, "text/csv; charset=utf-8"), "pdf": (as_pdf, "application/pdf")}


class LedgerSerializer(serializers.ModelSerializer[LedgerEntry]):
    """One settled call. `cost` in US dollars; null is unknown, which is never 0."""

    cost = serializers.SerializerMethodField()

    class Meta:
        model = LedgerEntry
        fields = (
            "id", "kind", "at", "ended_at", "organisation", "team_id", "principal", "principal_name", "key_id",
            "end_user", "budget_id", "cost_centre", "tags", "endpoint", "model", "model_served", "provider",
            "deployment_id", "request_id", "outcome", "error_code", "streamed", "batch", "tokens_in", "tokens_cached",
            "tokens_cache_write", "tokens_out", "tokens_reasoning", "units", "usage_source", "price_id", "cost",
            "cost_nano", "charged_nano", "reserved_nano", "saved_nano", "repricing",
        )  # fmt: skip
        read_only_fields = fields

    def get_cost(self, entry: LedgerEntry) -> str | None:
        """A decimal string."""
        return dollars(entry.cost_nano)


class LedgerViewSet(TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """Made from the audit log, changed by nobody."""

    queryset = LedgerEntry.objects.all()
    serializer_class = LedgerSerializer
    filterset_fields: ClassVar[dict[str, list[str]]] = {
        "organisation": ["exact"], "team_id": ["exact"], "principal": ["exact"], "key_id": ["exact"],
        "end_user": ["exact"], "budget_id": ["exact"], "cost_centre": ["exact"], "model": ["exact"],
        "provider": ["exact"], "request_id": ["exact"], "outcome": ["exact"], "kind": ["exact"], "at": ["gte", "lt"],
        "cost_nano": ["isnull"],
    }  # fmt: skip


class RepricingSerializer(serializers.ModelSerializer[Repricing]):
    """Calls of a period, to be priced with the prices that hold for their time now."""

    organisation = TenantField(default=OnlyOrganisation())

    class Meta:
        model = Repricing
        fields = (
            "id", "organisation", "since", "until", "model", "only_unknown", "reason", "state", "requested_by",
            "requested_at", "decided_by", "decided_at", "changed", "difference_nano",
        )  # fmt: skip
        read_only_fields = fields[7:]


class RepricingViewSet(TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.CreateModelMixin):
    """Asked for by one person, approved by another, done by a worker."""

    queryset = Repricing.objects.all()
    serializer_class = RepricingSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "state")
    permissions_by_action: ClassVar[dict[str, str]] = {
        "approve": "llmproxy.decide_repricing", "deny": "llmproxy.decide_repricing",
    }  # fmt: skip

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        """By the action. Raises ValidationError."""
        try:
            serializer.instance = reprice.request(Repricing(**serializer.validated_data), self.person)
        except ModelError as error:
            raise ValidationError(as_detail(error)) from error

    @extend_schema(request=None, responses=RepricingSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """By somebody else than who asked. Raises NotPossibleNow."""
        return self._decided(approve=True)

    @extend_schema(request=None, responses=RepricingSerializer)
    @action(detail=True, methods=["post"])
    def deny(self, request: Request, pk: str) -> Response:
        """By somebody else than who asked. Raises NotPossibleNow."""
        return self._decided(approve=False)

    def _decided(self, *, approve: bool) -> Response:
        try:
            done = reprice.decide(self.get_object().pk, self.person, approve=approve)
        except NotDecided as error:
            raise NotPossibleNow(str(error)) from error
        return Response(self.get_serializer(done).data)


class StatementLineSerializer(serializers.Serializer[Any]):
    """What one cost centre, team and model used."""

    cost_centre = serializers.CharField(allow_blank=True)
    team = serializers.CharField(allow_blank=True)
    model = serializers.CharField()
    calls = serializers.IntegerField()
    tokens_in = serializers.IntegerField()
    tokens_out = serializers.IntegerField()
    cost = serializers.DecimalField(max_digits=24, decimal_places=9)
    unpriced = serializers.IntegerField()


class StatementSerializer(serializers.Serializer[Any]):
    """A month. `total` in US dollars; `unpriced` calls are not in it."""

    organisation = serializers.CharField()
    month = serializers.CharField()
    total = serializers.DecimalField(max_digits=24, decimal_places=9)
    unpriced = serializers.IntegerField()
    lines = StatementLineSerializer(many=True)


class StatementViewSet(TenantViewSet):
    """A month's statement, made when it is asked for."""

    queryset = LedgerEntry.objects.all()
    serializer_class = StatementSerializer
    lookup_value_converter = "str"
    filter_backends = ()
    pagination_class = None

    @extend_schema(
        parameters=[
            OpenApiParameter("month", str, "path", description="Such as 2026-11."),
            OpenApiParameter("organisation", OpenApiTypes.UUID, description="Needed where there are several."),
            OpenApiParameter("as", str, enum=list(FORMATS), description="json where nothing is said."),
        ],
        responses={200: StatementSerializer, (200, "text/csv"): bytes, (200, "application/pdf"): bytes},
    )
    def retrieve(self, request: Request, month: str) -> Any:
        """Raises ValidationError, NotFound."""
        wanted = request.query_params.get("as", "json")
        if wanted not in FORMATS:
            raise ValidationError({"as": f"One of {', '.join(FORMATS)}."})
        organisation = self._organisation(request.query_params.get("organisation", ""))
        try:
            made = statement(organisation, month)
        except BadMonth as error:
            raise ValidationError({"month": str(error)}) from error
        return self._answer(made, organisation, wanted)

    def _answer(self, made: Statement, organisation: Organisation, wanted: str) -> Any:
        target = Target("organisation", str(organisation.pk), organisation.name)
        attrs = {"month": made.month, "format": wanted}
        record("money.statement.downloaded", target=target, organisation_id=str(organisation.pk), attrs=attrs)
        written = FORMATS[wanted]
        if written is None:
            return Response(StatementSerializer(made).data)
        write, kind = written
        answer = HttpResponse(write(made), content_type=kind)
        answer["Content-Disposition"] = f'attachment; filename="statement-{made.month}.{wanted}"'
        return answer

    def _organisation(self, wanted: str) -> Organisation:
        ids = self.person.organisation_ids_with("llmproxy.view_ledgerentry")
        rows = Organisation.objects.all() if self.person.is_superuser else Organisation.objects.filter(pk__in=ids)
        found = list(rows[:2]) if not wanted else [row for row in rows if str(row.pk) == wanted]
        if not found:
            raise NotFound
        if len(found) > 1:
            raise ValidationError({"organisation": "Say which organisation."})
        return found[0]
