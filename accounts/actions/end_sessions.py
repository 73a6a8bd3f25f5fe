"""Sign a person out everywhere: browser sessions, refresh families and access tokens."""

from django.db import transaction

from accounts.actions import renew
from accounts.models import RefreshFamily, User
from audit.context import Target
from audit.log import record


def execute(user: User, because: str = "ended") -> int:
    """How many refresh families ended. Browser sessions and tokens of the epoch before end within a second.

    Args:
        because: a word for the record: ended, disabled, factor_changed, …
    """
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        families = list(RefreshFamily.objects.filter(user=locked, revoked_at__isnull=True).select_related("user"))
        for family in families:
            renew.end(family, because)
        locked.epoch += 1
        locked.save(update_fields=["epoch"])
        target = Target("user", str(locked.pk), locked.get_username())
        record("auth.sessions.ended", target=target, attrs={"because": because, "families": len(families)})
    user.epoch = locked.epoch
    return len(families)
