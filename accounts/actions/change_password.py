"""Give a person a password of his choice; every other session of his ends."""

from django.contrib.auth.password_validation import password_changed, validate_password
from django.db import transaction

from accounts.actions import end_sessions
from accounts.models import User
from audit.context import Actor, Target
from audit.log import record


def execute(person: User, password: str, how: str) -> None:
    """Stored, on record, and in force within a second.

    Args:
        how: `changed` by who knew the old one, or `reset` by a link.

    Raises:
        ValidationError: the password breaks a rule.
    """
    validate_password(password, person)
    with transaction.atomic():
        person.set_password(password)
        person.save(update_fields=["password", "epoch", "password_is_short"])
        password_changed(password, person)
        target = Target("user", str(person.pk), person.get_username())
        actor = Actor("user", person.subject, person.get_username())
        record("auth.password.changed", actor=actor, target=target, attrs={"how": how})
        end_sessions.execute(person, "password_changed")
