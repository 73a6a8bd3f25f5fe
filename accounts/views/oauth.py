"""`/oauth/token`, `/oauth/revoke`, `/oauth/introspect`: OAuth 2 for programs, errors as RFC 6749 §5.2 has them."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest

from accounts.actions import grant_client_credentials, introspect_token, renew, revoke_token
from accounts.actions.issue_token import IssuedToken
from accounts.models import RefreshFamily
from accounts.oauth.client import authenticated, client_id_of
from accounts.oauth.endpoint import endpoint
from accounts.oauth.errors import OAuthError
from accounts.oauth.form import Form, form_of, required

Answer = dict[str, object]


@endpoint
def token(request: HttpRequest) -> Answer:
    """What the grant gives."""
    form = form_of(request)
    grant = GRANTS.get(required(form, "grant_type"))
    if grant is None:
        raise OAuthError("unsupported_grant_type", f"Use one of: {', '.join(GRANTS)}.")
    return grant(request, form)


def client_credentials(request: HttpRequest, form: Form) -> Answer:
    """A token for the program itself; no refresh token (SECURITY O5)."""
    client = authenticated(request, form)
    try:
        return bearer(grant_client_credentials.execute(client.account, form.get("scope", "")))
    except grant_client_credentials.ScopeRefused as error:
        raise OAuthError("invalid_scope", "The client may not have all of these scopes.") from error


def refresh_token(request: HttpRequest, form: Form) -> Answer:
    """The session of a person goes on: a new pair (RFC 6749 §6, SECURITY O17, 5.5)."""
    given = required(form, "refresh_token")
    if client_id_of(request, form) != RefreshFamily.CLIENT_ID:
        raise OAuthError("unauthorized_client", "Programs have no refresh tokens: ask with client_credentials again.")
    try:
        renewed = renew.execute(given, scope=form.get("scope", ""))
    except renew.RefreshRefused as error:
        raise OAuthError("invalid_grant", "The refresh token does not hold (any more). Sign in again.") from error
    except renew.ScopeRefused as error:
        raise OAuthError("invalid_scope", "The session does not have all of these scopes.") from error
    return {**bearer(renewed.access), "refresh_token": renewed.refresh}


@endpoint
def revoke(request: HttpRequest) -> None:
    """RFC 7009: 200 for what was ended, and for what never was; the hint is not needed, and a wrong one harmless."""
    form = form_of(request)
    client_id = client_id_of(request, form)
    try:
        revoke_token.execute(required(form, "token"), client_id)
    except revoke_token.AnothersToken as error:
        raise OAuthError("unauthorized_client", "The token was issued to another client.") from error


@endpoint
def introspect(request: HttpRequest) -> Mapping[str, object]:
    """RFC 7662, for programs, about tokens of their own organisation."""
    form = form_of(request)
    client = authenticated(request, form)
    return introspect_token.execute(required(form, "token"), client.account.organisation)


def bearer(issued: IssuedToken) -> Answer:
    """How a token is handed over (RFC 6749 §5.1)."""
    return {
        "access_token": issued.access,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "scope": issued.scope,
    }


GRANTS: Mapping[str, Callable[[HttpRequest, Form], Answer]] = {
    "client_credentials": client_credentials,
    "refresh_token": refresh_token,
}
