"""Take a signing key out of the ring for good: every token that it signed dies within a second."""

from django.db import transaction

from accounts.actions import activate_signing_key, rotate_signing_key
from accounts.actions.generate_signing_key import target_of
from accounts.changes import announce
from accounts.models import SigningKey
from accounts.models.signing_key import SigningKeyState
from audit.log import record


def execute(key: SigningKey, reason: str = "") -> SigningKey | None:
    """The key that signs instead; None where `key` was not the one in service.

    Raises:
        ValidationError: it is marked as compromised already.
    """
    with transaction.atomic():
        ring = list(SigningKey.objects.ring())
        chosen = next(row for row in ring if row.pk == key.pk)
        was_active = chosen.state == SigningKeyState.ACTIVE
        chosen.move_to(SigningKeyState.COMPROMISED)
        record("key.compromised", target=target_of(chosen), reason=reason, attrs={"alg": chosen.alg})
        successor = _successor(ring, chosen) if was_active else None
        announce("signing_key", chosen.kid)
    return successor


def _successor(ring: list[SigningKey], gone: SigningKey) -> SigningKey:
    pending = [row for row in ring if row.state == SigningKeyState.PENDING]
    if pending:
        oldest = min(pending, key=lambda row: row.created_at)
        return activate_signing_key.execute(oldest, at_once=True)
    return rotate_signing_key.without_waiting(gone.alg, "replaces a compromised key")
