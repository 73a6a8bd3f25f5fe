"""`/api/token/…`: SimpleJWT's request and response shapes over our own sessions."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.exceptions import TokenError

from accounts.actions import log_in, renew
from accounts.errors import IdentityUnavailable, InvalidProof, InvalidToken
from accounts.jwt import AccessToken
from accounts.proof_of_request import thumbprint_of
from audit.errors import AuditUnavailable

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class LoginSerializer(serializers.Serializer[Any]):
    """A person's credentials."""

    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=4096, trim_whitespace=False, style={"input_type": "password"})
    otp = serializers.CharField(
        max_length=32, default="", allow_blank=True, help_text="A one-time or recovery code, with a second factor."
    )
    audience = serializers.ChoiceField(choices=sorted(log_in.AUDIENCES), default="gateway")
    organisation = serializers.SlugField(default="", allow_blank=True, help_text="Where you belong to several.")


class RefreshSerializer(serializers.Serializer[Any]):
    """A refresh token."""

    refresh = serializers.CharField(max_length=256)


class VerifySerializer(serializers.Serializer[Any]):
    """An access token."""

    token = serializers.CharField(max_length=4096)


class PairSerializer(serializers.Serializer[Any]):
    """An access token and what renews it."""

    access = serializers.CharField()
    refresh = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds.")
    token_type = serializers.CharField(help_text="DPoP where a proof of a key was sent, else Bearer.")


class PublicView(APIView):
    """Reached without a credential: the body is the credential."""

    authentication_classes = ()
    permission_classes = ()

    def handle_exception(self, exc: Exception) -> Response:
        """What cannot be put on record does not happen; a proof is refused as at a token endpoint (RFC 9449 §5)."""
        if isinstance(exc, InvalidProof):
            exc.status_code = 400
        return super().handle_exception(IdentityUnavailable() if isinstance(exc, AuditUnavailable) else exc)


class TokenView(PublicView):
    """Sign in."""

    @extend_schema(request=LoginSerializer, responses=PairSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """A user name and a password for a ten-minute access token and a refresh token."""
        given = LoginSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        session = log_in.execute(
            request._request, data["username"], data["password"], data["audience"], data["organisation"], data["otp"]
        )
        return _pair(session)


class RefreshView(PublicView):
    """Renew."""

    @extend_schema(request=RefreshSerializer, responses=PairSerializer, auth=[])
    def post(self, request: Request) -> Response:
        """A refresh token for a new pair; it works once, and using it twice ends the session."""
        given = RefreshSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        text = given.validated_data["refresh"]
        bound_to = thumbprint_of(request._request, needed=renew.needs_proof(text))
        return _pair(renew.execute(text, thumbprint=bound_to))


class VerifyView(PublicView):
    """Ask whether an access token holds."""

    @extend_schema(request=VerifySerializer, responses={200: None}, auth=[])
    def post(self, request: Request) -> Response:
        """200 for an access token that holds, 401 for anything else."""
        given = VerifySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            AccessToken(given.validated_data["token"])
        except TokenError as error:
            raise InvalidToken from error
        return Response({}, headers=NO_STORE)


class RevokeView(PublicView):
    """Sign out."""

    @extend_schema(request=RefreshSerializer, responses={200: None}, auth=[])
    def post(self, request: Request) -> Response:
        """End the session of a refresh token. An unknown one is answered alike."""
        given = RefreshSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        renew.revoke(given.validated_data["refresh"])
        return Response({}, headers=NO_STORE)


def _pair(given: renew.Renewed) -> Response:
    token = given.access
    pair = {"access": token.access, "refresh": given.refresh}
    return Response({**pair, "expires_in": token.expires_in, "token_type": token.token_type}, headers=NO_STORE)
