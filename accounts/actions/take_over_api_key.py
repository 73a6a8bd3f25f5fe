"""Make a person the maker of an API key: it lives with that person's membership from now on."""

from django.db import transaction

from accounts.admin_audit import record_change
from accounts.changes import announce
from accounts.models import ApiKey, User


def execute(key: ApiKey, by: User) -> bool:
    """Whether the maker changed. Raises ValidationError where the person has no rights in the organisation."""
    if key.created_by_id == by.pk:
        return False
    with transaction.atomic():
        key.created_by = by
        key.check_maker()
        key.save(update_fields=["created_by"])
        record_change(key, "updated", ["created_by"])
        announce("apikey", key.public_id)
    return True
