"""`/oauth/token`: OAuth 2 for programs, errors as RFC 6749 §5.2 has them."""

import base64
import binascii
from typing import NamedTuple
from urllib.parse import unquote_plus

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.actions.grant_client_credentials import ClientRefused, ScopeRefused, execute
from accounts.errors import GatehouseError
from audit.errors import AuditUnavailable

FORM = "application/x-www-form-urlencoded"


class OAuthError(Exception):
    """An error answer: RFC 6749's code, a sentence, the status."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.description, self.status = code, description, status


class Client(NamedTuple):
    """What the client says of itself."""

    client_id: str
    client_secret: str
    by_header: bool


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """A client's secret for an access token."""
    by_header = "authorization" in {name.lower() for name in request.headers}
    try:
        return _answered(_granted(request))
    except OAuthError as error:
        answer = _refused(error)
    except (AuditUnavailable, GatehouseError):  # no signing key, no place for the record: no token
        answer = _refused(OAuthError("temporarily_unavailable", "Tokens cannot be issued right now.", 503))
    except SuspiciousOperation:  # more parameters or bytes than Django takes
        answer = _refused(OAuthError("invalid_request", "The parameters could not be read."))
    if answer.status_code == 401 and by_header:
        answer["WWW-Authenticate"] = 'Basic realm="gatehouse"'
    return _unstored(answer)


def _refused(error: OAuthError) -> HttpResponse:
    return JsonResponse({"error": error.code, "error_description": error.description}, status=error.status)


def _granted(request: HttpRequest) -> dict[str, object]:
    if request.content_type != FORM:
        raise OAuthError("invalid_request", f"Send the parameters as {FORM}.")
    for name in request.POST:
        if len(request.POST.getlist(name)) > 1:
            raise OAuthError("invalid_request", "A parameter was sent more than once.")
    grant = request.POST.get("grant_type", "")
    if not grant:
        raise OAuthError("invalid_request", "grant_type is missing.")
    if grant != "client_credentials":
        raise OAuthError("unsupported_grant_type", "Use grant_type=client_credentials.")
    client = _client(request)
    try:
        issued = execute(client.client_id, client.client_secret, request.POST.get("scope", ""))
    except ClientRefused as error:
        raise OAuthError("invalid_client", "The client is unknown or its secret is wrong.", 401) from error
    except ScopeRefused as error:
        raise OAuthError("invalid_scope", "The client may not have all of these scopes.") from error
    return {
        "access_token": issued.access,
        "token_type": "Bearer",
        "expires_in": issued.expires_in,
        "scope": issued.scope,
    }


def _client(request: HttpRequest) -> Client:
    header = request.headers.get("authorization")
    posted = Client(request.POST.get("client_id", ""), request.POST.get("client_secret", ""), by_header=False)
    if header is None:
        if not posted.client_id or not posted.client_secret:
            raise OAuthError("invalid_client", "Send client_id and client_secret.", 401)
        return posted
    if posted.client_secret:
        raise OAuthError("invalid_request", "Authenticate in the header or in the body, not in both.")
    return _basic(header)


def _basic(header: str) -> Client:
    scheme, _, encoded = header.partition(" ")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise OAuthError("invalid_client", "The Authorization header could not be read.", 401) from error
    client_id, separator, secret = decoded.partition(":")
    if scheme.lower() != "basic" or not separator:
        raise OAuthError("invalid_client", "Use the Basic scheme.", 401)
    # Both parts are form-encoded before they are joined (RFC 6749 §2.3.1).
    return Client(unquote_plus(client_id), unquote_plus(secret), by_header=True)


def _answered(body: dict[str, object]) -> HttpResponse:
    return _unstored(JsonResponse(body))


def _unstored(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "no-store"
    answer["Pragma"] = "no-cache"
    return answer
