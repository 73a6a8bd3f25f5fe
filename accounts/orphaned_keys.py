"""Keys of a person who is deleted end with him: the row that says whose they were is gone (SECURITY 5.8)."""

from typing import Any

from django.db.models.signals import pre_delete

from accounts.actions import revoke_api_key
from accounts.models import ApiKey, User


def connect() -> None:
    """Listen; once, when the app is ready."""
    pre_delete.connect(_goes, sender=User, dispatch_uid="revoke-keys-of-the-deleted")


def _goes(sender: type[User], instance: User, **_: Any) -> None:
    for key in ApiKey.objects.unrevoked().filter(created_by=instance):
        revoke_api_key.execute(key, "its maker was deleted")
