"""The parameters of a request: form-encoded, in the body, each of them once (RFC 6749 §3.2)."""

from collections.abc import Mapping

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, QueryDict, UnreadablePostError

from accounts.apps import AccountsConfig
from accounts.leaked_in_addresses import notice
from accounts.oauth.errors import OAuthError, invalid_request

CONTENT_TYPE = "application/x-www-form-urlencoded"
Form = Mapping[str, str]


def form_of(request: HttpRequest) -> Form:
    """Every parameter that has a value; an empty one counts as left out (RFC 6749 §3.1).

    Raises:
        OAuthError: invalid_request.
    """
    if query := request.META.get("QUERY_STRING"):
        identity, client_ip = AccountsConfig.current().identity, str(request.META.get("REMOTE_ADDR", ""))
        notice(query.encode("utf-8", "replace"), identity, client_ip)
        raise invalid_request("Send every parameter in the body, none in the address.")
    if request.content_type != CONTENT_TYPE:
        raise invalid_request(f"Send the parameters as {CONTENT_TYPE}.")
    posted = _posted(request)
    if any(len(values) > 1 for _, values in posted.lists()):
        raise invalid_request("A parameter was sent more than once.")
    return {name: str(value) for name, value in posted.items() if value}


def required(form: Form, name: str) -> str:
    """The parameter's value. Raises OAuthError (invalid_request)."""
    if name not in form:
        raise invalid_request(f"{name} is missing.")
    return form[name]


def _posted(request: HttpRequest) -> QueryDict:
    try:
        return request.POST
    except (BadRequest, SuspiciousOperation, UnreadablePostError) as error:  # another charset, too much, cut off
        raise _unreadable() from error


def _unreadable() -> OAuthError:
    return invalid_request("The parameters could not be read.")
