"""Replace the signing key: its successor is published now and signs as soon as every cache has seen it."""

from django.db import transaction
from django.utils import timezone

from accounts.actions import activate_signing_key, generate_signing_key
from accounts.models import SigningKey
from accounts.models.signing_key import PUBLISHED_FIRST, SigningKeyState


def execute(alg: str = "ES256", note: str = "") -> SigningKey:
    """The successor: a ripe pending key goes into service, otherwise one is made that does so by itself."""
    now = timezone.now()
    with transaction.atomic():
        pending = [key for key in SigningKey.objects.ring() if key.state == SigningKeyState.PENDING and key.alg == alg]
        for key in sorted(pending, key=lambda row: row.created_at):
            if key.activatable_at <= now:
                return activate_signing_key.execute(key, now)
            key.activate_at = key.activatable_at
            key.save(update_fields=("activate_at",))
            return key
        return generate_signing_key.execute(alg, note, activate_at=now + PUBLISHED_FIRST)


def ensure() -> SigningKey:
    """The active key, made if there is none."""
    active = SigningKey.objects.filter(purpose="access", state=SigningKeyState.ACTIVE).first()
    return active or without_waiting(note="first boot")


def without_waiting(alg: str = "ES256", note: str = "") -> SigningKey:
    """A fresh key that signs from now on: for the first start, and after a key was compromised."""
    with transaction.atomic():
        return activate_signing_key.execute(generate_signing_key.execute(alg, note), at_once=True)
