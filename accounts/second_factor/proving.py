"""Checking a second factor: each code works once, and guessing is stopped on every path (ASVS 6.5.1, 6.3.4)."""

import hmac
import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from accounts.models import User
from audit.context import Target
from audit.log import record

WITH_CODES = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
# Of codes, whatever the address: whoever gets here knows the password, so that no stranger can lock a person out.
MOST_FAILURES = 20
REST_SECONDS = 15 * 60
LONGEST_CODE = 16


def by_code(request: HttpRequest, user: User, code: str) -> str | None:
    """`totp` or `recovery_codes` where `code` proves it; None where it does not, or too many did not before it."""
    if not AxesProxyHandler.is_allowed(request, {"username": user.get_username()}):
        return None
    text = "".join(code.split()).replace("-", "")
    with transaction.atomic():  # what a code changes in the factor's row is on record with it
        if text.isascii() and text.isdigit() and len(text) <= LONGEST_CODE and (kind := _proved(user, text)):
            record("auth.factor.used", target=_target(user), attrs={"factor": kind})
            return kind
        _failed(request, user)
    return None


def by_key(request: HttpRequest, user: User, response: Any) -> str | None:
    """`webauthn` where a security key's answer to our challenge holds; else None."""
    if not AxesProxyHandler.is_allowed(request, {"username": user.get_username()}):
        return None
    try:
        webauthn.parse_authentication_response(response)
        webauthn.complete_authentication(user, response).record_usage()
    except (ValidationError, AttributeError, KeyError):  # whatever JSON a browser, or somebody else, made up
        _failed(request, user)
        return None
    return "webauthn"


def _proved(user: User, text: str) -> str | None:
    with transaction.atomic():
        rows = list(Authenticator.objects.select_for_update().filter(user_id=user.pk, type__in=WITH_CODES))
        if any(_rests(row) for row in rows):
            return None
        for row in rows:
            if _holds(row, text):
                row.refresh_from_db()
                row.data.pop("failures", None)
                row.save(update_fields=["data"])
                row.record_usage()
                return str(row.type)
        for row in rows:
            row.data.update(failures=row.data.get("failures", 0) + 1, failed_at=int(time.time()))
            row.save(update_fields=["data"])
    return None


def _rests(row: Authenticator) -> bool:
    tired = row.data.get("failures", 0) >= MOST_FAILURES
    return bool(tired and time.time() - row.data.get("failed_at", 0) < REST_SECONDS)


def _holds(row: Authenticator, text: str) -> bool:
    if row.type == Authenticator.Type.RECOVERY_CODES:
        return bool(RecoveryCodes(row).validate_code(text))
    secret, last = decrypt(row.data["secret"]), row.data.get("last_counter", -1)
    for counter in yield_hotp_counters_from_time():
        if counter > last and hmac.compare_digest(format_hotp_value(hotp_value(secret, counter)), text):
            row.data["last_counter"] = counter  # RFC 6238 §5.2: the same code is not accepted twice
            row.save(update_fields=["data"])
            return True
    return False


def _failed(request: HttpRequest, user: User) -> None:
    user_login_failed.send(sender=__name__, credentials={"username": user.get_username()}, request=request)
    record("auth.factor.failed", outcome="failure", target=_target(user))


def _target(user: User) -> Target:
    return Target("user", str(user.pk), user.get_username())
