"""`/oauth/token`, `/oauth/revoke`, `/oauth/introspect`: OAuth 2 for programs, errors as RFC 6749 §5.2 has them."""

from collections.abc import Mapping

from django.http import HttpRequest

from accounts.actions import introspect_token, revoke_token
from accounts.oauth.client import authenticated, client_id_of
from accounts.oauth.endpoint import endpoint
from accounts.oauth.errors import OAuthError
from accounts.oauth.form import form_of, required
from accounts.oauth.grants import GRANTS, Answer


@endpoint
def token(request: HttpRequest) -> Answer:
    """What the grant gives."""
    form = form_of(request)
    grant = GRANTS.get(required(form, "grant_type"))
    if grant is None:
        raise OAuthError("unsupported_grant_type", f"Use one of: {', '.join(GRANTS)}.")
    return grant(request, form)


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
