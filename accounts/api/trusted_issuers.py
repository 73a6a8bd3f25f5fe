"""`/api/v1/trusted-issuers`, `/api/v1/issuer-rules`: whose tokens are believed, and what their holders may do."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import end_tokens, fetch_issuer_keys
from accounts.api.rows import OnlyOrganisation, RowSerializer, TeamField, TenantField
from accounts.api.viewsets import TenantViewSet
from accounts.models import IssuerRule, TrustedIssuer, User
from accounts.tokens.client_key import ALGORITHMS
from accounts.tokens.foreign import LONGEST_SUBJECT, TYPES


class TrustedIssuerSerializer(RowSerializer):
    """An issuer, for one audience, in one organisation."""

    organisation = TenantField(default=OnlyOrganisation())
    algorithms = serializers.ListField(child=serializers.ChoiceField(choices=ALGORITHMS), required=False)
    types = serializers.ListField(child=serializers.ChoiceField(choices=TYPES), required=False)
    required_claims = serializers.ListField(child=serializers.CharField(), required=False)
    state = serializers.CharField(read_only=True, help_text="ready, no keys, stale or off.")

    class Meta:
        model = TrustedIssuer
        fields = (
            "id", "organisation", "name", "issuer", "audience", "jwks_uri", "pinned_keys", "algorithms", "types",
            "longest_seconds", "required_claims", "direct", "is_active", "state", "keys", "fetched_at", "checked_at",
            "fetch_error", "created_at",
        )  # fmt: skip
        read_only_fields = ("keys", "fetched_at", "checked_at", "fetch_error", "created_at")


class FetchedSerializer(serializers.Serializer[Any]):
    """What came of it."""

    problem = serializers.CharField(allow_blank=True, help_text="Empty where the keys were fetched.")
    keys = serializers.IntegerField(help_text="How many are known now.")


class SubjectSerializer(serializers.Serializer[Any]):
    """Whose tokens end, and why."""

    subject = serializers.CharField(max_length=LONGEST_SUBJECT, help_text="The sub of the issuer's tokens.")
    reason = serializers.CharField(max_length=200)


class TrustedIssuerViewSet(
    TenantViewSet,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
):
    """Other issuers whose tokens an organisation believes."""

    queryset = TrustedIssuer.objects.all()
    serializer_class = TrustedIssuerSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "issuer", "audience", "direct", "is_active")
    unkept_actions = frozenset({"fetch_keys"})

    @extend_schema(request=None, responses=FetchedSerializer)
    @action(detail=True, methods=["post"])
    def fetch_keys(self, request: Request, pk: str) -> Response:
        """Now; otherwise it happens by itself, every hour."""
        row = self.get_object()
        problem = "" if row.pinned_keys.strip() else fetch_issuer_keys.execute(row)
        return Response({"problem": problem, "keys": len(row.usable_keys())})

    @extend_schema(request=SubjectSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def end_subject(self, request: Request, pk: str) -> Response:
        """Every token that the issuer gave to the subject until now is refused within a second."""
        row, given = self.get_object(), SubjectSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        end_tokens.of_subject(
            row, given.validated_data["subject"], reason=given.validated_data["reason"], by=self.person
        )
        return Response(status=204)


class IssuerField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # not subscriptable at run time
    """An issuer that the person may change."""

    def get_queryset(self) -> Any:
        """Those of the person."""
        user: User = self.context["request"].user
        rows = TrustedIssuer.objects.all()
        if user.is_superuser:
            return rows
        return rows.filter(organisation_id__in=user.organisation_ids_with("accounts.change_trustedissuer"))


class IssuerRuleSerializer(RowSerializer):
    """Who has this value in this claim may do that."""

    issuer = IssuerField()
    team = TeamField(required=False, allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField(), required=False)
    models_allowed = serializers.ListField(child=serializers.CharField(), required=False)

    class Meta:
        model = IssuerRule
        fields = ("id", "issuer", "claim", "value", "scopes", "models_allowed", "team")

    def get_fields(self) -> dict[str, Any]:
        """A rule does not move to another issuer."""
        fields = super().get_fields()
        if self.instance is not None:
            fields["issuer"].read_only = True
        return fields


class IssuerRuleViewSet(
    TenantViewSet,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.CreateModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
):
    """The only way in for an issuer's tokens: without a rule that fits, none is believed."""

    queryset = IssuerRule.objects.select_related("issuer")
    serializer_class = IssuerRuleSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("issuer", "claim", "value", "team")
    tenant_path = "issuer__organisation"
