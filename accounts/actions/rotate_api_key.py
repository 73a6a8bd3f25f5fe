"""Give an API key a new secret; the one before works on for a while, so that no program stands still (SECURITY 5.8)."""

from datetime import timedelta

from django.db import transaction

from accounts.actions.create_api_key import CreatedKey, target_of
from accounts.changes import announce
from accounts.crypto.api_key_text import ApiKeyText
from accounts.models import ApiKey
from accounts.models.api_key import LONGEST_OVERLAP
from accounts.ring import digests
from audit.log import record


def execute(key: ApiKey, overlap: timedelta = LONGEST_OVERLAP) -> CreatedKey:
    """The key with its new secret, shown once.

    Args:
        overlap: how long the secret before works on, a day at most; none at all where it may be known to others.

    Raises:
        ValidationError: the key is expired or revoked, or the overlap too long.
    """
    with transaction.atomic():
        locked = ApiKey.objects.select_for_update().get(pk=key.pk)
        text = ApiKeyText.fresh(locked.public_id)
        plain = str(text)
        locked.replace_secret(digests().of(text.secret), digests().current, plain[-4:], overlap)
        locked.save()
        record(
            "key.rotated",
            target=target_of(locked),
            organisation_id=str(locked.organisation_id),
            key_id=str(locked.pk),
            key_prefix=locked.prefix,
            attrs={"overlap_seconds": int(overlap.total_seconds())},
        )
        announce("apikey", locked.public_id)
    return CreatedKey(locked, plain)
