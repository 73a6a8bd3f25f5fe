"""`/oauth/token`: OAuth 2 for programs, errors as RFC 6749 §5.2 has them."""

from collections.abc import Callable, Mapping

from django.http import HttpRequest

from accounts.actions import grant_client_credentials
from accounts.actions.issue_token import IssuedToken
from accounts.oauth.client import authenticated
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


def bearer(issued: IssuedToken) -> Answer:
    """How a token is handed over (RFC 6749 §5.1)."""
    return {
        "access_token": issued.access,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "scope": issued.scope,
    }


GRANTS: Mapping[str, Callable[[HttpRequest, Form], Answer]] = {"client_credentials": client_credentials}
