"""What a browser session knows of how its person signed in: which factor was shown, and when."""

import time
from typing import Any

from django.contrib.auth import login
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from accounts import session_limits
from accounts.models import User
from audit.context import Actor
from audit.log import record

FACTOR = "gatehouse.factor"
CONFIRMED_AT = "gatehouse.confirmed_at"
ORGANISATION = "gatehouse.organisation"
FRESH_SECONDS = 5 * 60
PASSWORD_BACKEND = "django.contrib.auth.backends.ModelBackend"


def passed_factor(request: HttpRequest) -> str:
    """totp, recovery_codes, webauthn or sso; empty where only a password was shown."""
    return str(request.session.get(FACTOR, ""))


def start(request: HttpRequest, user: User, factor: str = "", organisation: str = "") -> None:
    """Sign in: a new session id, on record (ASVS 7.2.4).

    Args:
        organisation: the only one that the session is for; empty for all that the person belongs to.
    """
    request.session.cycle_key()
    login(request, user, backend=PASSWORD_BACKEND)
    request.session[ORGANISATION] = organisation
    mark(request, factor)
    actor = Actor("user", user.subject, user.get_username())
    attrs = {"through": "admin", "factor": factor or "none", **({"sso": organisation} if organisation else {})}
    record("auth.login.succeeded", actor=actor, attrs=attrs)


def narrow(request: HttpRequest, user: User) -> None:
    """An organisation vouches for its people in its own house only: elsewhere their roles do not count."""
    if organisation := request.session.get(ORGANISATION):
        user.narrow_to(str(organisation))


def mark(request: HttpRequest, factor: str = "") -> None:
    """The person has just proved who he is."""
    request.session[CONFIRMED_AT] = int(time.time())
    if factor:
        request.session[FACTOR] = factor


def is_fresh(request: HttpRequest) -> bool:
    """Whether that was at most five minutes ago (SECURITY 4.10)."""
    return 0 <= time.time() - float(request.session.get(CONFIRMED_AT, 0)) <= FRESH_SECONDS


def connect() -> None:
    """Every way of signing in leaves its time."""
    user_logged_in.connect(_signed_in, dispatch_uid="gatehouse-signed-in")


def _signed_in(sender: Any, request: HttpRequest, user: Any, **_: Any) -> None:
    session_limits.begin(request)
    request.session[CONFIRMED_AT] = int(time.time())
