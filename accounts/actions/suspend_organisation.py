"""Suspend an organisation, or let it work again."""

from django.db import transaction

from accounts.admin_audit import record_change
from accounts.changes import announce
from accounts.models import Organisation


def execute(organisation: Organisation, *, active: bool = False) -> bool:
    """Whether anything changed.

    Suspended, its keys, tokens and running streams end within a second. Its keys work again when it does; its tokens
    do not, because they carry the epoch before.
    """
    with transaction.atomic():
        locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
        if locked.is_active == active:
            return False
        locked.is_active = active
        locked.epoch += 0 if active else 1
        locked.save(update_fields=["is_active", "epoch"])
        record_change(locked, "updated", ["is_active"])
        announce("tenant", str(locked.pk))
    organisation.refresh_from_db()
    return True
