"""What is answered to an address that is locked out for a name: django-axes' AXES_LOCKOUT_CALLABLE."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

TOO_MANY = 429


def answer(request: HttpRequest, response: HttpResponse, credentials: object = None) -> HttpResponse:
    """The view's own answer, in its own format, with the status that says why."""
    response.status_code = TOO_MANY
    response["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME * 3600))
    return response
