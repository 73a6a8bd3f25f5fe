"""Django's handler400 to handler500: under /admin a page in plain words, everywhere else a problem, never HTML."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from config import request_id
from config.problem import CODES, DETAILS, MEDIA_TYPE, problem

ADMIN = "/admin/"
STALE_FORM = "This form has expired or did not come from this site. Go back, reload the page and try again."


def _answer(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    detail = detail or DETAILS[status]
    own_id = request_id.of(request)
    if request.path.startswith(ADMIN):
        # Without the request: no context processor runs, so that the page stands also when the database does not.
        return HttpResponse(render_to_string(f"{status}.html", {"request_id": own_id, "detail": detail}), status=status)
    body = problem(status, CODES[status], detail, request.path, own_id)
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400."""
    return _answer(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler403."""
    return _answer(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """settings.CSRF_FAILURE_VIEW: the form is too old, or was not ours."""
    return _answer(request, 403, STALE_FORM)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404."""
    return _answer(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500."""
    return _answer(request, 500)
