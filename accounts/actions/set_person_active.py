"""Switch a person off, or on again."""

from django.db import transaction

from accounts.actions import end_sessions
from accounts.change_records import record_change
from accounts.models import User


def execute(user: User, active: bool) -> bool:
    """Whether anything changed. Off, every session and token of the person ends within a second (ASVS 7.4.2)."""
    if user.is_active == active:
        return False
    with transaction.atomic():
        user.is_active = active
        user.save(update_fields=["is_active"])
        record_change(user, "updated", ["is_active"])
        if not active:
            end_sessions.execute(user, "disabled")
    return True
