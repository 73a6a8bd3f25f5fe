"""How long a browser session lives: so long unused, so long in all (ASVS 7.3.1, 7.3.2). And where it was used last."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import BrowserSession, User
from accounts.session_store import digest_of
from audit.log import record

STARTED_AT = "gatehouse.started_at"
SEEN_AT = "gatehouse.seen_at"
NOTED = "gatehouse.noted"
# Noted once a minute, not with each request; what a page asks by itself while nobody looks does not count.
NOTED_EVERY_SECONDS = 60
BY_ITSELF = "HTTP_X_REQUESTED_WITH"
ENDED = {
    "idle": "You were signed out because this browser was not used for a while. Sign in again.",
    "too_old": "A session ends after some hours, used or not. Sign in again.",
}


class SessionLimitsMiddleware:
    """After authentication; before anything that acts for the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The view's answer, for nobody where the session is over."""
        if isinstance(request.user, User):
            if because := over(request, time.time()):
                _end(request, because)
            elif BY_ITSELF not in request.META:
                _seen(request, time.time())
        return self.get_response(request)


def over(request: HttpRequest, now: float) -> str:
    """`idle` or `too_old`; "" where the session goes on."""
    session = request.session
    if now - session.get(STARTED_AT, 0) > settings.SESSION_COOKIE_AGE:
        return "too_old"
    return "idle" if now - session.get(SEEN_AT, 0) > settings.GATEHOUSE_SESSION_IDLE_MINUTES * 60 else ""


def begin(request: HttpRequest) -> None:
    """The clock of a session starts when somebody signs in."""
    session = request.session
    session[STARTED_AT] = session[SEEN_AT] = int(time.time())
    session.pop(NOTED, None)
    session.set_expiry(timedelta(seconds=settings.SESSION_COOKIE_AGE))  # a moment, which later use does not move


def _seen(request: HttpRequest, now: float) -> None:
    session = request.session
    if session.get(NOTED) and now - session[SEEN_AT] < NOTED_EVERY_SECONDS:
        return
    session[SEEN_AT], session[NOTED] = int(now), True
    row = BrowserSession(session_key=digest_of(session.session_key))
    row.used(timezone.now(), request.META.get("REMOTE_ADDR", ""), request.headers.get("user-agent", ""))


def _end(request: HttpRequest, because: str) -> None:
    record("auth.session.revoked", attrs={"because": because, "kind": "browser"})
    logout(request)
    messages.warning(request, ENDED[because])
