"""DRF authentication classes: of the data plane, and of the management API."""

from typing import Any, ClassVar

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication

from accounts.apps import AccountsConfig
from accounts.challenges import DPOP
from accounts.credentials import Presented, credential_of, refuse_in_address
from accounts.crypto.api_key_text import PREFIX
from accounts.errors import REALM, InsufficientScope, InvalidToken, MalformedCredential, TooManyMisses
from accounts.fresh_identity import confirmed
from accounts.identity import IdentitySnapshot
from accounts.identity.foreign import NOT_OURS, foreign_token
from accounts.identity.misses import GUESSES
from accounts.identity.standing import Standing
from accounts.identity.verified import (
    KnownKey,
    VerifiedPrincipal,
    refusal,
    verified_key,
    verified_token,
)
from accounts.leaked_in_addresses import notice
from accounts.models import User
from accounts.possession import demonstrated, unfit
from accounts.principal import Principal
from accounts.proof_of_request import Asked, take
from accounts.ring import gateway_verifier, management_verifier
from accounts.tokens.dpop import Proof
from accounts.tokens.errors import TokenRefused
from accounts.tokens.foreign import KeyUnknown
from audit.context import Actor, act_as

CHALLENGE = f"{REALM}, {DPOP}"


class GatewayUser:
    """What DRF takes for a user on the data plane: the principal, and nothing that could ask the database.

    Attributes:
        proof: that the caller holds the key of his token; whether it is new, the viewset asks (accounts.seen_proofs).
    """

    __slots__ = ("principal", "proof", "standing")
    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    def __init__(self, principal: Principal, standing: Standing, proof: Proof | None = None) -> None:
        self.principal = principal
        self.standing = standing
        self.proof = proof


class GatewayAuthentication(JWTStatelessUserAuthentication):
    """JWT or API key, in any of the headers that SDKs use, answered from memory."""

    def authenticate(self, request: Any) -> Any:  # (GatewayUser, Principal) or None; the base promises its own classes
        """The caller; None where no credential was sent.

        Raises:
            MalformedCredential: not exactly one readable credential.
            InvalidToken: it does not hold; the reason is in `error.__cause__`.
            InvalidProof, NonceNeeded: the token does, but not what shows that its key is held.
        """
        identity = AccountsConfig.current().identity
        client_ip: str = getattr(request, "client_ip", "")
        check_address(getattr(request, "path", ""), getattr(request, "query_string", b""), identity, client_ip)
        presented = credential_of(request.headers)
        if presented is None:
            return None
        found = self._found(presented, identity, client_ip)
        proof = demonstrated(presented, found, identity, request)
        return GatewayUser(found.principal, Standing(found, identity), proof), found.principal

    def _found(self, presented: Presented, identity: IdentitySnapshot, client_ip: str) -> KnownKey | VerifiedPrincipal:
        try:
            if presented.text.startswith(PREFIX):
                return verified_key(presented.text, identity)
            return self._token(presented.text, identity)
        except TokenRefused as error:
            raise _refused(presented, error, identity, client_ip) from error

    def _token(self, text: str, identity: IdentitySnapshot) -> VerifiedPrincipal:
        try:
            return verified_token(text, identity, gateway_verifier())
        except TokenRefused as error:
            if not identity.issuers or error.reason not in NOT_OURS:
                raise
        return foreign_token(text, identity, direct=True)

    def authenticate_header(self, request: Any) -> str:
        """The challenge of a 401."""
        return REALM


class ManagementTokenAuthentication(BaseAuthentication):
    """A person's JWT for the management API: audience and scope are its own."""

    def authenticate(self, request: Request) -> tuple[User, Principal] | None:
        """The person; None where there is no Bearer credential."""
        identity, client_ip = AccountsConfig.current().identity, str(request.META.get("REMOTE_ADDR", ""))
        query = str(request.META.get("QUERY_STRING", "")).encode("utf-8", "replace")
        if PREFIX.encode() in query or PREFIX in request.path:
            check_address(request.path, query, identity, client_ip)
        if not request.headers.get("authorization"):
            return None
        principal = self._principal(request)
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
        return CHALLENGE

    def _principal(self, request: Request) -> Principal:
        presented = credential_of(request.headers) or Presented("", "bearer")
        identity, http = confirmed(), request._request
        try:
            found = verified_token(presented.text, identity, management_verifier())
        except TokenRefused as error:
            raise _refused(presented, error, identity, str(http.META.get("REMOTE_ADDR", ""))) from error
        proof = demonstrated(presented, found, identity, Asked.of(http))
        if proof is not None:
            take(http, proof)
        return found.principal


class ManagementAuthentication(BaseAuthentication):
    """The management API: a JWT of its audience, or the admin's session (with its CSRF check)."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """The person; None where there is no credential of either kind."""
        found = ManagementTokenAuthentication().authenticate(request)
        return found if found is not None else self._session(request)

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401."""
        return CHALLENGE

    def _session(self, request: Request) -> tuple[Any, Any] | None:
        http: HttpRequest = request._request
        user = getattr(http, "user", None)
        return SessionAuthentication().authenticate(request) if user is not None and user.is_authenticated else None


def check_address(path: str, query: bytes, identity: IdentitySnapshot, client_ip: str) -> None:
    """Raises MalformedCredential where there is a credential in the address; a key that works is flagged."""
    try:
        refuse_in_address(path, query)
    except MalformedCredential:
        notice(path.encode("utf-8", "replace") + b"?" + query, identity, client_ip)
        raise


def _refused(
    presented: Presented, error: TokenRefused, identity: IdentitySnapshot, client_ip: str
) -> InvalidToken | TooManyMisses:
    if error.reason in GUESSES and identity.misses.too_many(client_ip):
        return TooManyMisses()
    found = refusal(error)
    if isinstance(error, KeyUnknown):
        found.headers["Retry-After"] = "1"
    return unfit(found) if presented.scheme == "dpop" else found
