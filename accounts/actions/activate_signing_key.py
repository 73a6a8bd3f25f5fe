"""Put a pending signing key into service; the one before goes on verifying until its tokens are gone."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.actions.generate_signing_key import target_of
from accounts.changes import announce
from accounts.models import SigningKey
from accounts.models.signing_key import SigningKeyState
from audit.log import record


def execute(key: SigningKey, now: datetime | None = None, *, at_once: bool = False) -> SigningKey:
    """The key, now active.

    Args:
        at_once: do not wait until every cache has seen it: where no other key may sign.

    Raises:
        ValidationError: it is not pending, or not published for long enough.
    """
    now = now or timezone.now()
    with transaction.atomic():
        ring = {row.pk: row for row in SigningKey.objects.ring()}
        chosen = ring[key.pk]
        if not at_once and now < chosen.activatable_at:
            raise ValidationError(f"Caches may not know this key before {chosen.activatable_at:%Y-%m-%d %H:%M:%S} UTC.")
        current = next((row for row in ring.values() if row.state == SigningKeyState.ACTIVE), None)
        if current is not None:
            current.move_to(SigningKeyState.RETIRING, now)
        chosen.move_to(SigningKeyState.ACTIVE, now)
        attrs = {"alg": chosen.alg, "replaces": current.kid if current is not None else ""}
        record("key.rotated" if current is not None else "key.activated", target=target_of(chosen), attrs=attrs)
        announce("signing_key", chosen.kid)
    return chosen
