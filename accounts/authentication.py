"""DRF authentication classes: of the data plane, and of the management API."""

from typing import Any, ClassVar

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication

from accounts.apps import AccountsConfig
from accounts.credentials import credential_of, refuse_in_query
from accounts.crypto.api_key_text import PREFIX
from accounts.errors import REALM, InsufficientScope, InvalidToken
from accounts.fresh_identity import confirmed
from accounts.identity.standing import Standing
from accounts.identity.verified import (
    KnownKey,
    VerifiedPrincipal,
    principal_of_token,
    refusal,
    verified_key,
    verified_token,
)
from accounts.models import User
from accounts.principal import Principal
from accounts.ring import gateway_verifier, management_verifier
from accounts.tokens.errors import TokenRefused
from audit.context import Actor, act_as


class GatewayUser:
    """What DRF takes for a user on the data plane: the principal, and nothing that could ask the database."""

    __slots__ = ("principal", "standing")
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    def __init__(self, principal: Principal, standing: Standing) -> None:
        self.principal = principal
        self.standing = standing


class GatewayAuthentication(JWTStatelessUserAuthentication):
    """JWT or API key, in any of the headers that SDKs use, answered from memory."""

    def authenticate(self, request: Any) -> Any:  # (GatewayUser, Principal) or None; the base promises its own classes
        """The caller; None where no credential was sent.

        Raises:
            MalformedCredential: not exactly one readable credential.
            InvalidToken: it does not hold; the reason is in `error.__cause__`.
        """
        refuse_in_query(getattr(request, "query_string", b""))
        credential = credential_of(request.headers)
        if credential is None:
            return None
        identity = AccountsConfig.current().identity
        try:
            if credential.startswith(PREFIX):
                found: KnownKey | VerifiedPrincipal = verified_key(credential, identity)
            else:
                found = verified_token(credential, identity, gateway_verifier())
        except TokenRefused as error:
            raise refusal(error) from error
        return GatewayUser(found.principal, Standing(found, identity)), found.principal

    def authenticate_header(self, request: Any) -> str:
        """The challenge of a 401."""
        return REALM


class ManagementTokenAuthentication(BaseAuthentication):
    """A person's JWT for the management API: audience and scope are its own."""

    def authenticate(self, request: Request) -> tuple[User, Principal] | None:
        """The person; None where there is no Bearer credential."""
        if not request.headers.get("authorization"):
            return None
        credential = credential_of(request.headers)
        identity = confirmed()
        try:
            principal = principal_of_token(credential or "", identity, management_verifier())
        except TokenRefused as error:
            raise refusal(error) from error
        if "management" not in principal.scopes:
            raise InsufficientScope
        if principal.kind != "user":
            raise InvalidToken
        user = User.objects.filter(pk=principal.subject.removeprefix("usr:"), is_active=True).first()
        if user is None:
            raise InvalidToken
        user.narrow_to(principal.organisation_id)
        act_as(Actor("user", user.subject, user.get_username()))
        return user, principal

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return REALM


class ManagementAuthentication(BaseAuthentication):
    """The management API: a JWT of its audience, or the admin's session (with its CSRF check)."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The person; None where there is no credential of either kind."""
        found = ManagementTokenAuthentication().authenticate(request)
        return found if found is not None else self._session(request)

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return REALM

    def _session(self, request: Request) -> tuple[Any, Any] | None:
        http: HttpRequest = request._request
        user = getattr(http, "user", None)
        return SessionAuthentication().authenticate(request) if user is not None and user.is_authenticated else None
