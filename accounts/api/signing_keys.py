"""`/api/v1/signing-keys`, `/api/v1/revocations`: the installation's own, for superusers."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError as ModelError
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import (
    activate_signing_key,
    compromise_signing_key,
    end_tokens,
    generate_signing_key,
    rotate_signing_key,
)
from accounts.api.api_keys import ReasonSerializer
from accounts.api.refusals import NotPossibleNow
from accounts.api.viewsets import TenantViewSet
from accounts.models import Revocation, SigningKey
from accounts.models.revocation import RevocationKind

ALGORITHMS = ("ES256", "RS256", "Ed25519")


class SigningKeySerializer(serializers.ModelSerializer[SigningKey]):
    """A key of the ring; its private part is never shown."""

    class Meta:
        model = SigningKey
        fields = (
            "id", "kid", "alg", "state", "public_jwk", "note", "created_at", "activate_at", "activated_at",
            "retiring_at", "retired_at", "compromised_at",
        )  # fmt: skip
        read_only_fields = fields


class NewSigningKeySerializer(serializers.Serializer[Any]):
    """What is asked for a new key."""

    algorithm = serializers.ChoiceField(choices=ALGORITHMS, default="ES256")
    note = serializers.CharField(max_length=200, default="", allow_blank=True)


class SigningKeyViewSet(TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """The key ring. No role allows it, so only superusers come here."""

    queryset = SigningKey.objects.all()
    serializer_class = SigningKeySerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("kid", "alg", "state")

    @extend_schema(request=NewSigningKeySerializer, responses={201: SigningKeySerializer})
    def create(self, request: Request) -> Response:
        """A pending key: published now, signing when it is put into service."""
        made = generate_signing_key.execute(*self._wanted(request))
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(request=NewSigningKeySerializer, responses={201: SigningKeySerializer})
    @action(detail=False, methods=["post"])
    def rotate(self, request: Request) -> Response:
        """The successor of the active key: published now, signing in ten minutes."""
        made = rotate_signing_key.execute(*self._wanted(request))
        return Response(self.get_serializer(made).data, status=201)

    @extend_schema(request=None, responses=SigningKeySerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: str) -> Response:
        """Refused while caches may not know the key."""
        key = self.get_object()
        try:
            activate_signing_key.execute(key)
        except ModelError as error:
            raise NotPossibleNow(" ".join(error.messages)) from error
        key.refresh_from_db()
        return Response(self.get_serializer(key).data)

    @extend_schema(request=ReasonSerializer, responses=SigningKeySerializer)
    @action(detail=True, methods=["post"])
    def compromise(self, request: Request, pk: str) -> Response:
        """Ends the key and every token that it signed, within a second on every worker."""
        key, given = self.get_object(), ReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            compromise_signing_key.execute(key, given.validated_data["reason"])
        except ModelError as error:
            raise NotPossibleNow(" ".join(error.messages)) from error
        key.refresh_from_db()
        return Response(self.get_serializer(key).data)

    def _wanted(self, request: Request) -> tuple[str, str]:
        given = NewSigningKeySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return given.validated_data["algorithm"], given.validated_data["note"]


class RevocationSerializer(serializers.ModelSerializer[Revocation]):
    """What ended, and why."""

    reason = serializers.CharField(max_length=200)
    issuer = serializers.CharField(
        max_length=255, default="", allow_blank=True, help_text="Of one token, its iss; empty for ours."
    )

    class Meta:
        model = Revocation
        fields = ("id", "kind", "issuer", "value", "reason", "created_by", "updated_at", "expires_at")
        read_only_fields = ("created_by", "updated_at", "expires_at")
        validators: ClassVar[list[Any]] = []  # ending the same again is allowed: newer tokens end as well

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """All tokens have no name; anything else needs one."""
        everything = attrs["kind"] == RevocationKind.EVERYTHING
        if attrs["kind"] == RevocationKind.SUBJECT:
            raise serializers.ValidationError({"kind": "POST /api/v1/trusted-issuers/{id}/end_subject does that."})
        if everything == bool(attrs.get("value")):
            said = "Leave this out to end every token." if everything else "The token's id (jti) or the client id."
            raise serializers.ValidationError({"value": said})
        return attrs


class RevocationViewSet(TenantViewSet, mixins.ListModelMixin, mixins.RetrieveModelMixin):
    """Tokens that end before they expire; what ended stays ended."""

    queryset = Revocation.objects.all()
    serializer_class = RevocationSerializer
    filterset_fields: ClassVar[tuple[str, ...]] = ("kind", "value")

    @extend_schema(request=RevocationSerializer, responses={201: RevocationSerializer})
    def create(self, request: Request) -> Response:
        """One token, all of a client, or every token of the installation, within a second."""
        given = self.get_serializer(data=request.data)
        given.is_valid(raise_exception=True)
        value, why = given.validated_data.get("value", ""), given.validated_data["reason"]
        match given.validated_data["kind"]:
            case RevocationKind.EVERYTHING:
                made = end_tokens.everything(reason=why, by=self.person)
            case RevocationKind.CLIENT:
                made = end_tokens.of_client(value, reason=why, by=self.person)
            case _:
                made = end_tokens.one(value, issuer=given.validated_data["issuer"], reason=why, by=self.person)
        return Response(self.get_serializer(made).data, status=201)
