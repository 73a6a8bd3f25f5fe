"""A forgotten password: asked for, a letter sent, a new one set. Nobody learns here who has an account."""

import uuid
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import PasswordReset, User
from audit.context import Actor, Target
from audit.log import record

logger = structlog.get_logger(__name__)
MOST_PEOPLE = 10  # that share a mail address


class ResetTokens(PasswordResetTokenGenerator):
    """Good once, for an hour, and not beyond whatever ends the person's sessions."""

    key_salt = "accounts.actions.reset_password"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.epoch}"


TOKENS = ResetTokens()


def ask(name: str, address: str) -> None:
    """Put the request down; what becomes of it is decided elsewhere, so that the answer takes the same time for all."""
    attrs = {"throttled": False}
    with transaction.atomic():
        if PasswordReset.objects.too_many_from(address):
            attrs["throttled"] = True
        else:
            PasswordReset.objects.create(name=name.strip()[:254], address=address[:45])
    record("auth.password.reset_asked", actor=Actor("anonymous", "", name[:150]), attrs=attrs)


def send_letters() -> int:
    """For every request that waits; how many letters went out. Called by a task, again and again."""
    sent = 0
    for row in PasswordReset.objects.waiting():
        if PasswordReset.objects.filter(pk=row.pk, handled_at__isnull=True).update(handled_at=timezone.now()):
            sent += sum(_sent(person) for person in _meant(row))
    return sent


def person_of(uid: str, token: str) -> User | None:
    """Whose link it is, if it holds."""
    try:
        found = User.objects.filter(pk=uuid.UUID(uid), is_active=True).first()
    except ValueError:
        return None
    return found if found is not None and TOKENS.check_token(found, token) else None


def _meant(row: PasswordReset) -> list[User]:
    if row.is_one_too_many():
        return []
    named = Q(username__iexact=row.name) | Q(email__iexact=row.name)
    people = User.objects.filter(named, is_active=True).exclude(email="")[:MOST_PEOPLE]
    # By the database's folding of case `ß` may equal `ss`: letters go to the address that is stored, to the same text.
    same = [one for one in people if _same(row.name, one.email) or _same(row.name, one.username)]
    return [person for person in same if person.has_usable_password()]


def _same(given: str, stored: str) -> bool:
    return constant_time_compare(given.casefold(), stored.casefold())


def _sent(person: User) -> bool:
    url = f"{settings.GATEHOUSE_PUBLIC_URL}/admin/password/{person.pk}/{TOKENS.make_token(person)}/"
    text = render_to_string("mail/password_reset.txt", {"person": person, "url": url})
    try:
        send_mail("Your password on Gatehouse", text, None, [person.email])
    except (OSError, SMTPException) as error:
        logger.warning("password_reset.mail_failed", error=type(error).__name__)
        return False
    target = Target("user", str(person.pk), person.get_username())
    record("auth.password.reset_sent", target=target)
    return True
