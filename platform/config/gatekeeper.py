"""Nobody passes with a password alone where a second factor is enrolled or demanded: the one check of every session.

It judges the session, not the page it came through, so that no way of signing in goes around it (ASVS 6.3.4).
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import Resolver404, resolve, reverse

from accounts.browser_session import narrow, passed_factor
from accounts.models import User
from accounts.second_factor.enrolled import has_factor
from config import request_id
from config.problem import MEDIA_TYPE, problem

ADMIN = "/admin/"
# What an unfinished session may open: the way in, the way out, and, where nothing is enrolled yet, enrolment.
ALWAYS = frozenset(
    {
        "admin:login", "admin:login-code", "admin:logout", "admin:jsi18n", "admin:invitation", "admin:sso-start",
        "admin:sso-callback", "admin:password-reset", "admin:password-set",
    }
)  # fmt: skip
ENROLMENT = frozenset(
    {"admin:second-factor", "admin:second-factor-app", "admin:second-factor-key", "admin:second-factor-codes"}
)
ENROL_FIRST = "Set up a second factor first: this installation asks everybody for one."
SIGN_IN_AGAIN = "Sign in again, with your second factor."


class SecondFactorMiddleware:
    """After authentication; before any view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The view's answer, or the way to the second factor."""
        return self._refusal(request) or self.get_response(request)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        user = request.user
        if isinstance(user, User):
            narrow(request, user)
        if not isinstance(user, User) or passed_factor(request):
            return None
        name = _name(request)
        if name in ALWAYS:
            return None
        if has_factor(user):
            logout(request)
            return self._sent(request, "admin:login", SIGN_IN_AGAIN, 401)
        if not settings.GATEHOUSE_REQUIRE_MFA or name in ENROLMENT:
            return None
        return self._sent(request, "admin:second-factor", ENROL_FIRST, 403)

    def _sent(self, request: HttpRequest, name: str, said: str, status: int) -> HttpResponse:
        if request.path_info.startswith(ADMIN):
            messages.warning(request, said)
            return HttpResponseRedirect(reverse(name))
        body = problem(status, "second_factor_required", said, request.path, request_id.of(request))
        return JsonResponse(body, status=status, content_type=MEDIA_TYPE)


def _name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""
