"""Which factors a person has, and the making and removing of them; each step on record and ending other sessions."""

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.db import transaction
from django.db.models import QuerySet

from accounts.actions import end_sessions
from accounts.models import User
from audit.context import Target
from audit.log import record

RECOVERY = Authenticator.Type.RECOVERY_CODES
KINDS = {"totp": "Authenticator app", "webauthn": "Security key", "recovery_codes": "Recovery codes"}


def factors(user: User) -> "QuerySet[Authenticator]":
    """All but the recovery codes, which stand in for one that is lost."""
    rows: QuerySet[Authenticator] = Authenticator.objects.filter(user_id=user.pk).exclude(type=RECOVERY)
    return rows.order_by("created_at")


def has_factor(user: User) -> bool:
    """Whether a password is not enough for this person."""
    return factors(user).exists()


def add_app(user: User, secret: str) -> list[str]:
    """Enrol an authenticator app whose code was seen; fresh recovery codes, shown once, where there were none."""
    with transaction.atomic():
        Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).delete()
        TOTP.activate(user, secret)
        return _added(user, "totp")


def add_key(user: User, name: str, credential: dict[str, object]) -> list[str]:
    """Enrol a security key whose registration was verified; recovery codes as above."""
    with transaction.atomic():
        WebAuthn.add(user, name[:100], credential)
        return _added(user, "webauthn")


def renew_codes(user: User) -> list[str]:
    """Fresh recovery codes; those before are useless."""
    with transaction.atomic():
        Authenticator.objects.filter(user_id=user.pk, type=RECOVERY).delete()
        codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
        _recorded("added", user, "recovery_codes")
    return codes


def may_remove(user: User, factor: Authenticator) -> bool:
    """Not the last one of somebody whose password is too short to protect alone."""
    return factors(user).exclude(pk=factor.pk).exists() or not user.password_is_short


def remove(user: User, factor: Authenticator) -> None:
    """Take a factor away; the recovery codes go with the last one."""
    with transaction.atomic():
        factor.delete()
        if not has_factor(user):
            Authenticator.objects.filter(user_id=user.pk).delete()
        _recorded("removed", user, factor.type)
        end_sessions.execute(user, "factor_changed")


def codes_left(user: User) -> int:
    """How many recovery codes are unused."""
    row = Authenticator.objects.filter(user_id=user.pk, type=RECOVERY).first()
    return len(RecoveryCodes(row).get_unused_codes()) if row is not None else 0


def _added(user: User, kind: str) -> list[str]:
    _recorded("added", user, kind)
    has_codes = Authenticator.objects.filter(user_id=user.pk, type=RECOVERY).exists()
    codes = [] if has_codes else renew_codes(user)
    end_sessions.execute(user, "factor_changed")
    return codes


def _recorded(verb: str, user: User, kind: str) -> None:
    target = Target("user", str(user.pk), user.get_username())
    record(f"auth.factor.{verb}", target=target, attrs={"factor": kind})
