"""The grants of the token endpoint, by their type."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from django.http import HttpRequest

from accounts.actions import exchange_token, grant_client_credentials, renew
from accounts.actions.issue_token import IssuedToken
from accounts.crypto.api_key_text import PREFIX
from accounts.models import RefreshFamily
from accounts.oauth import exchange_form, failures, proof
from accounts.oauth.client import authenticated, client_id_of, optional
from accounts.oauth.errors import OAuthError, invalid_request
from accounts.oauth.form import Form, required

Answer = dict[str, object]
WIDER = {
    "scope": ("invalid_scope", "The subject, or the client that acts for it, does not have all of these scopes."),
    "models": ("invalid_scope", "The subject may not use all of these models, or they are too many for a token."),
    "audience": ("invalid_target", "The subject token is for another audience."),
    "budget": (
        "invalid_target",
        "There is no such budget for tokens of the gateway, or the subject token names another one already.",
    ),
}


def client_credentials(request: HttpRequest, form: Form) -> Answer:
    """A token for the program itself; no refresh token (SECURITY O5)."""
    client = authenticated(request, form)
    bound_to = proof.thumbprint(request, needed=client.account.needs_proof)
    try:
        return handed(grant_client_credentials.execute(client.account, form.get("scope", ""), bound_to))
    except grant_client_credentials.ScopeRefused as error:
        raise OAuthError("invalid_scope", "The client may not have all of these scopes.") from error


def refresh_token(request: HttpRequest, form: Form) -> Answer:
    """The session of a person goes on: a new pair (RFC 6749 §6, SECURITY O17, 5.5)."""
    given = required(form, "refresh_token")
    if client_id_of(request, form) != RefreshFamily.CLIENT_ID:
        raise OAuthError("unauthorized_client", "Programs have no refresh tokens: ask with client_credentials again.")
    bound_to = proof.thumbprint(request, needed=renew.needs_proof(given))
    try:
        renewed = renew.execute(given, form.get("scope", ""), bound_to)
    except renew.RefreshRefused as error:
        raise OAuthError("invalid_grant", "The refresh token does not hold (any more). Sign in again.") from error
    except renew.ScopeRefused as error:
        raise OAuthError("invalid_scope", "The session does not have all of these scopes.") from error
    return {**handed(renewed.access), "refresh_token": renewed.refresh}


def token_exchange(request: HttpRequest, form: Form) -> Answer:
    """A narrower token for an API key or an access token (RFC 8693)."""
    client = optional(request, form)
    text, wish = exchange_form.subject_text(form, PREFIX), exchange_form.wish_of(form)
    account = None if client is None else client.account
    try:
        subject = exchange_token.subject_of(text)
        bound_to = proof.thumbprint(request, needed=exchange_token.needs_proof(subject, account))
        issued = exchange_token.execute(subject, replace(wish, thumbprint=bound_to), account)
    except exchange_token.SubjectRefused as error:
        refusal = invalid_request("The subject token does not hold, or may not be exchanged.")  # RFC 8693 §2.2.2
        raise failures.refused(request, "", f"subject_{error}", refusal) from error
    except exchange_token.Wider as error:
        raise OAuthError(*WIDER[str(error)]) from error
    return {**handed(issued), "issued_token_type": exchange_form.ACCESS_TOKEN}


def handed(issued: IssuedToken) -> Answer:
    """How a token is handed over (RFC 6749 §5.1)."""
    return {
        "access_token": issued.access,
        "token_type": issued.token_type,
        "expires_in": issued.expires_in,
        "scope": issued.scope,
    }


GRANTS: Mapping[str, Callable[[HttpRequest, Form], Answer]] = {
    "client_credentials": client_credentials,
    "refresh_token": refresh_token,
    exchange_form.GRANT: token_exchange,
}
