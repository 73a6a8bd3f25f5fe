"""Turn a user name and a password into a session: a refresh family and its first token (SECURITY 0.2)."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.actions import issue_token, renew
from accounts.errors import GatehouseError, InvalidProof
from accounts.models import Membership, Organisation, RefreshFamily, User
from accounts.proof_of_request import thumbprint_of
from accounts.ring import gateway_audience, management_audience
from accounts.scopes import GATEWAY_SCOPES, MANAGEMENT_SCOPES
from accounts.second_factor import enrolled, proving
from accounts.tokens.errors import TokenRefused
from audit.context import Actor
from audit.log import record

LONGEST_SESSION = timedelta(days=30)
AUDIENCES = {"gateway": GATEWAY_SCOPES, "management": MANAGEMENT_SCOPES}


class LoginRefused(GatehouseError):
    """One text for every reason: unknown name, wrong password, locked out, no organisation."""

    status_code = 401
    default_code = "login_refused"
    default_detail = "No account with these credentials was found, or it is locked for the moment."
    challenge = 'Bearer realm="gatehouse"'


class LoginLocked(GatehouseError):
    """Too many failures for this name from this address; others may still sign in with it."""

    status_code = 429
    default_code = "login_locked"
    default_detail = "Too many failed attempts. Wait a while, then try again."
    retryable = True


class SecondFactorNeeded(GatehouseError):
    """The password was right. Send the same request again with `otp`."""

    status_code = 401
    default_code = "otp_required"
    default_detail = "Send a one-time code or a recovery code as `otp`."
    challenge = 'Bearer realm="gatehouse"'


class EnrolmentNeeded(GatehouseError):
    """This installation demands a second factor, and the person has none yet."""

    status_code = 403
    default_code = "second_factor_enrolment_required"
    default_detail = "Sign in to the admin first and set up a second factor."


class PasswordLoginOff(GatehouseError):
    status_code = 403
    default_code = "password_login_off"
    default_detail = "This installation does not accept passwords here. Sign in through your organisation."


def execute(
    request: HttpRequest, username: str, password: str, audience: str = "gateway", slug: str = "", otp: str = ""
) -> renew.Renewed:
    """A session for the person.

    Args:
        otp: a one-time code or a recovery code, where a second factor is enrolled.

    Raises:
        LoginRefused, LoginLocked, SecondFactorNeeded, EnrolmentNeeded, PasswordLoginOff, InvalidProof.
    """
    if not settings.GATEHOUSE_PASSWORD_LOGIN:
        raise PasswordLoginOff
    bound_to = thumbprint_of(request, needed=False)
    user = authenticate(request, username=username, password=password)
    membership = _membership(user, slug) if isinstance(user, User) else None
    if membership is not None and bound_to is None and membership.organisation.dpop_required:
        raise InvalidProof from TokenRefused("dpop_missing")  # before a one-time code is used up
    if isinstance(user, User) and membership is not None and not _second_factor(request, user, otp):
        membership = None
    if not isinstance(user, User) or membership is None:
        locked = bool(getattr(request, "axes_locked_out", False))
        reason = "locked" if locked else "refused"
        record("auth.login.failed", outcome="failure", actor=Actor("anonymous", "", username), attrs={"reason": reason})
        raise LoginLocked if locked else LoginRefused
    return _session(user, membership.organisation, audience, bound_to)


def _second_factor(request: HttpRequest, user: User, otp: str) -> bool:
    if not enrolled.has_factor(user):
        if settings.GATEHOUSE_REQUIRE_MFA:
            raise EnrolmentNeeded
        return True
    if not otp:
        raise SecondFactorNeeded
    return proving.by_code(request, user, otp) is not None


def _membership(user: User, slug: str) -> Membership | None:
    held = user.memberships.filter(organisation__is_active=True).select_related("organisation")
    return (held.filter(organisation__slug=slug) if slug else held).first()


def _session(user: User, organisation: Organisation, audience: str, bound_to: str | None) -> renew.Renewed:
    scopes = AUDIENCES[audience]
    target = management_audience() if audience == "management" else gateway_audience()
    with transaction.atomic():
        family = RefreshFamily.objects.create(
            user=user,
            epoch=user.epoch,
            organisation=organisation,
            audience=target,
            scopes=list(scopes),
            dpop_key=bound_to or "",
            expires_at=timezone.now() + LONGEST_SESSION,
        )
        refresh = renew.successor(family, parent=None)
    actor = Actor("user", user.subject, user.get_username())
    record("auth.login.succeeded", actor=actor, organisation_id=str(organisation.pk), session_id=str(family.pk))
    access = issue_token.for_person(user, organisation, target, scopes, str(family.pk), bound_to)
    return renew.Renewed(access, refresh)
