"""Every way in, by name (ASVS 6.1.3, 6.3.4). A new one fails here until it is listed, and tested to ask as much."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "audit", "llmproxy", "platform/config")
# What makes a session or a token of a person, and who may call it. Each of them asks for the second factor, or stands
# behind what does: tests/accounts/second_factor, tests/accounts/sign_on, tests/accounts/views/test_token.py.
CALLERS = {
    "login": {"accounts/browser_session.py"},
    "browser_session.start": {"accounts/pages/signing_in.py", "accounts/pages/sign_on.py"},
    "issue_token.for_person": {"accounts/actions/log_in.py", "accounts/actions/renew.py"},
    "log_in.execute": {"accounts/views/token.py"},
    "renew.successor": {"accounts/actions/log_in.py"},
    "authenticate": {
        "accounts/actions/log_in.py",  # `/api/token/`: then the code
        "accounts/pages/step_up.py",  # of who is in already
        "accounts/pages/password.py",  # likewise
    },
}
BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # counts failures, signs nobody in
    "django.contrib.auth.backends.ModelBackend",
    "accounts.role_backend.RoleBackend",  # says what one may do, signs nobody in
]


def calls() -> Iterator[tuple[str, str]]:
    """(what is called, in which file) for all product code."""
    for path in (path for app in APPS for path in (ROOT / app).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), str(path.relative_to(ROOT))


def test_nobody_gets_in_by_a_way_that_is_not_listed() -> None:
    found: dict[str, set[str]] = {name: set() for name in CALLERS}
    for name, path in calls():
        if name in found:
            found[name].add(path)
    assert found == CALLERS


def test_no_other_backend_signs_anybody_in() -> None:
    assert settings.AUTHENTICATION_BACKENDS == BACKENDS


def test_sessions_are_judged_whatever_way_they_came() -> None:
    order = settings.MIDDLEWARE
    gate = order.index("config.gatekeeper.SecondFactorMiddleware")
    assert order.index("django.contrib.auth.middleware.AuthenticationMiddleware") < gate
    assert order.index("accounts.session_limits.SessionLimitsMiddleware") < gate


def test_allauth_has_no_pages_of_its_own() -> None:
    assert not [path for app in APPS for path in (ROOT / app).rglob("*urls*.py") if "allauth.urls" in path.read_text()]
