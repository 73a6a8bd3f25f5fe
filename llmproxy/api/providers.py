"""`/api/v1/providers`, `/api/v1/provider-credentials`, `/api/v1/presets`: AI services, and the keys to them."""

from dataclasses import asdict
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as ModelError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from accounts.api.rows import RowSerializer, as_detail
from llmproxy.actions import create_provider_from_preset, fetch_models, import_models, test_provider, wipe_credentials
from llmproxy.api.sharing import OnlyOrganisationOrAll, SharedTenantField, SharedViewSet
from llmproxy.models import Provider, ProviderCredential
from llmproxy.models.kinds import KINDS, WIRES
from llmproxy.presets import PRESETS


class ProviderSerializer(RowSerializer):
    """Where a service is and how it is spoken to; its keys are at `/api/v1/provider-credentials`."""

    organisation = SharedTenantField(default=OnlyOrganisationOrAll(), help_text="null: shared by all.")
    more_wires = serializers.ListField(child=serializers.CharField(), required=False)
    options = serializers.DictField(child=serializers.CharField(), required=False)
    data_policy = serializers.ListField(child=serializers.CharField(), required=False)
    quirks = serializers.DictField(required=False)

    class Meta:
        model = Provider
        fields = (
            "id", "organisation", "name", "slug", "wire", "more_wires", "adapter", "base_url", "auth_scheme",
            "auth_header_name", "options", "discovery_path", "region", "data_policy", "quirks", "connect_timeout",
            "first_byte_timeout",
            "between_chunks_timeout", "total_timeout", "enabled", "preset", "created_at",
        )  # fmt: skip
        read_only_fields = ("preset", "created_at")


class TestResultSerializer(serializers.Serializer[Any]):
    """What was sent and answered, secrets masked."""

    works = serializers.BooleanField()
    verdict = serializers.CharField()
    url = serializers.CharField()
    status = serializers.IntegerField(allow_null=True)
    seconds = serializers.FloatField()
    body = serializers.CharField()


class ListedModelsSerializer(serializers.Serializer[Any]):
    """A provider's list beside ours."""

    new = serializers.ListField(child=serializers.DictField())
    known = serializers.ListField(child=serializers.CharField())
    gone = serializers.ListField(child=serializers.CharField())
    problem = serializers.CharField(allow_blank=True)


class ImportSerializer(serializers.Serializer[Any]):
    """Which models to take over."""

    models = serializers.DictField(
        child=serializers.ChoiceField(choices=list(KINDS)), help_text="The provider's names of models, with kinds."
    )
    with_routes = serializers.BooleanField(default=False)
    switch_off = serializers.ListField(child=serializers.CharField(), default=list)


class ImportedSerializer(serializers.Serializer[Any]):
    """What was done."""

    added = serializers.IntegerField()
    routes = serializers.IntegerField()
    switched_off = serializers.IntegerField()


class ProviderViewSet(SharedViewSet):
    """AI services."""

    queryset = Provider.objects.all()
    serializer_class = ProviderSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("organisation", "slug", "wire", "enabled", "preset")
    unkept_actions = frozenset({"test", "models"})

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        """Keys are bound to the host that they were entered for (SECURITY 4.1.6): another host, and they go."""
        before: str = serializer.instance.host  # type: ignore[union-attr]
        super().perform_update(serializer)
        provider = serializer.instance
        if isinstance(provider, Provider) and provider.host != before:
            wipe_credentials.execute(provider)

    @extend_schema(request=None, responses=TestResultSerializer)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """One small call, and what came of it."""
        result = test_provider.execute(self.get_object())
        return Response(TestResultSerializer(result).data)

    @extend_schema(request=None, responses=ListedModelsSerializer)
    @action(detail=True, methods=["post"])
    def models(self, request: Request, pk: str) -> Response:
        """Asks the provider for its models and compares; changes nothing."""
        found = fetch_models.execute(self.get_object())
        known, gone = ([row.upstream_model for row in rows] for rows in (found.known, found.gone))
        listed = [model._asdict() for model in found.new]
        return Response({"new": listed, "known": known, "gone": gone, "problem": found.problem})

    @extend_schema(request=ImportSerializer, responses=ImportedSerializer)
    @action(detail=True, methods=["post"])
    def import_models(self, request: Request, pk: str) -> Response:
        """Rows for the chosen models, with routes of the same names where wanted."""
        provider, given = self.get_object(), ImportSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        added, routes, off = import_models.execute(
            provider, data["models"], with_routes=data["with_routes"], switch_off=data["switch_off"]
        )
        return Response({"added": added, "routes": routes, "switched_off": off})


class ProviderField(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]  # not subscriptable at run time
    """A provider that the person may change."""

    def get_queryset(self) -> Any:
        """Those of the person."""
        return Provider.objects.changeable_by(self.context["request"].user)


class CredentialSerializer(RowSerializer):
    """A key: written, never read back."""

    provider = ProviderField()
    secret = serializers.CharField(write_only=True, max_length=20_000, help_text="Stored sealed, never shown again.")

    class Meta:
        model = ProviderCredential
        fields = (
            "id", "provider", "name", "secret", "last4", "fingerprint", "weight", "enabled", "access_token_expires_at",
            "access_token_problem", "created_at",
        )  # fmt: skip
        read_only_fields = ("last4", "fingerprint", "access_token_expires_at", "access_token_problem", "created_at")

    def get_fields(self) -> dict[str, Any]:
        """A key stays with the provider that it was entered for."""
        fields = super().get_fields()
        fields["provider"].read_only = isinstance(self.instance, ProviderCredential)
        return fields

    def create(self, validated_data: dict[str, Any]) -> ProviderCredential:
        """Sealed. Raises ValidationError for what is no key of the provider's scheme."""
        return self._stored(ProviderCredential(), validated_data)

    def update(self, instance: Any, validated_data: dict[str, Any]) -> ProviderCredential:
        """A new secret where one is given. Raises as above."""
        return self._stored(instance, validated_data)

    def _stored(self, row: ProviderCredential, values: dict[str, Any]) -> ProviderCredential:
        secret = values.pop("secret", None)
        for name, value in values.items():
            setattr(row, name, value)
        if secret is not None:
            try:
                row.set_secret(secret)
            except ModelError as error:
                raise serializers.ValidationError({"secret": error.messages}) from error
        row.save()
        return row


class CredentialViewSet(SharedViewSet):
    """The keys of providers."""

    queryset = ProviderCredential.objects.select_related("provider")
    serializer_class = CredentialSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("provider", "name", "enabled")
    tenant_path = "provider__organisation"


class AnswersSerializer(serializers.Serializer[Any]):
    """What only the person knows of a ready-made provider."""

    way = serializers.IntegerField(min_value=0, default=0, help_text="Which of its ways, counted from 0.")
    answers = serializers.DictField(child=serializers.CharField(allow_blank=True), default=dict)
    organisation = SharedTenantField(default=OnlyOrganisationOrAll())
    name = serializers.CharField(default="", allow_blank=True, max_length=200)
    slug = serializers.SlugField(default="", allow_blank=True, max_length=63)
    secret = serializers.CharField(default="", allow_blank=True, max_length=20_000, write_only=True)

    class Meta:
        model = Provider


class PresetViewSet(GenericViewSet[Any]):
    """Ready-made providers."""

    queryset = Provider.objects.none()
    serializer_class = AnswersSerializer
    pagination_class = None
    filter_backends = ()
    lookup_value_converter = "slug"

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    def list(self, request: Request) -> Response:
        """All of them, with what each asks for."""
        return Response({"items": [self._shown(slug) for slug in sorted(PRESETS)]})

    @extend_schema(request=AnswersSerializer, responses={201: ProviderSerializer})
    @action(detail=True, methods=["post"])
    def create_provider(self, request: Request, pk: str) -> Response:
        """A provider's row, and its key where one is given."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            provider = create_provider_from_preset.execute(pk, **given.validated_data)
        except ModelError as error:
            raise serializers.ValidationError(as_detail(error)) from error
        return Response(ProviderSerializer(provider, context=self.get_serializer_context()).data, status=201)

    # Made for an organisation in which the person may add providers: the field sees to that.
    permissions_by_action: ClassVar[dict[str, str]] = {"create_provider": "llmproxy.add_provider"}

    def _shown(self, slug: str) -> dict[str, Any]:
        preset = PRESETS[slug]
        ways = [
            {"label": way.label, "wire": way.wire, "asks": {name: asdict(ask) for name, ask in way.asks.items()}}
            for way in preset.ways_over(WIRES)
        ]
        about = {name: getattr(preset, name) for name in ("slug", "name", "group", "about", "documentation", "keys")}
        return {**about, "ways": ways}
