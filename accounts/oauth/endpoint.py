"""What all OAuth endpoints share: POST only, no CSRF token, JSON errors, nothing stored (SECURITY O2, O3)."""

import time
from collections.abc import Callable, Mapping
from functools import wraps

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.errors import GatehouseError
from accounts.oauth.errors import OAuthError, unavailable
from accounts.proof_of_request import HEADER
from accounts.ring import nonces
from audit.errors import AuditUnavailable

logger = structlog.get_logger(__name__)
View = Callable[[HttpRequest], Mapping[str, object] | None]
REALM = 'Basic realm="gatehouse", charset="UTF-8"'


def endpoint(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """A Django view of a function that gives the members of a JSON answer, or None for none."""

    @csrf_exempt
    @wraps(view)
    def answering(request: HttpRequest) -> HttpResponse:
        answer = _answer(view, request)
        answer["Cache-Control"] = "no-store"
        answer["Pragma"] = "no-cache"
        if HEADER in request.headers:
            answer.setdefault("DPoP-Nonce", nonces().current(time.time()))  # for the next proof (RFC 9449 §8.2)
        return answer

    return answering


def _answer(view: View, request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        refusal = OAuthError("invalid_request", "Use POST.", 405, {"Allow": "POST"})
        return _refused(refusal, request)
    try:
        body = view(request)
    except OAuthError as error:
        return _refused(error, request)
    except (AuditUnavailable, GatehouseError):  # no signing key, no place for the record: no token
        return _refused(unavailable(), request)
    except (OperationalError, InterfaceError) as error:
        logger.warning("oauth.database_away", error=type(error).__name__)
        return _refused(unavailable(), request)
    return JsonResponse(dict(body or {}))


def _refused(error: OAuthError, request: HttpRequest) -> HttpResponse:
    body = {"error": error.code, "error_description": error.description}
    answer = JsonResponse(body, status=error.status, headers=error.headers)
    # To who tried in the header, the way to do it (RFC 6749 §5.2).
    if error.status == 401 and "authorization" in request.headers and "WWW-Authenticate" not in answer:
        answer["WWW-Authenticate"] = REALM
    return answer
