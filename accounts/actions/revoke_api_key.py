"""End an API key, at once and for good."""

from django.db import transaction
from django.utils import timezone

from accounts.changes import announce
from accounts.models import ApiKey
from audit.context import Target
from audit.log import record


def execute(key: ApiKey, reason: str = "") -> bool:
    """Revoke `key`; False if it was revoked already."""
    with transaction.atomic():
        changed = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
        if not changed:
            return False
        record(
            "key.revoked",
            target=Target("api_key", str(key.pk), key.name),
            organisation_id=str(key.organisation_id),
            key_id=str(key.pk),
            key_prefix=key.prefix,
            reason=reason,
        )
        announce("apikey", key.public_id)
    key.refresh_from_db()
    return True
