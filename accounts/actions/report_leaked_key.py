"""Somebody found an API key where it should not be: it is revoked, whoever says so (SECURITY 5.8)."""

from django.db import transaction
from django.utils import timezone

from accounts.actions import revoke_api_key
from accounts.actions.create_api_key import target_of
from accounts.crypto.api_key_text import ApiKeyText
from accounts.models import ApiKey
from accounts.ring import digests
from audit.log import record


def execute(text: str) -> bool:
    """Whether `text` was the whole of a real key. The finder is not told.

    Only who has the whole key can end it, and he could use it as well: that is why no credential is asked for.
    """
    parts = ApiKeyText.parse(text)
    key = None if parts is None else ApiKey.objects.filter(public_id=parts.public_id).first()
    if parts is None or key is None:
        digests().of(text)  # costs what a real one costs
        return False
    if not any(digests().matches(parts.secret, pepper, digest) for pepper, digest in key.secrets(timezone.now())):
        return False
    with transaction.atomic():
        record(
            "key.leaked.reported",
            target=target_of(key),
            organisation_id=str(key.organisation_id),
            key_id=str(key.pk),
            key_prefix=key.prefix,
        )
        revoke_api_key.execute(key, "reported as leaked")
    return True
