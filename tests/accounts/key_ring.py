"""Keys in service for tests that are not about how they get there."""

from datetime import timedelta

from django.utils import timezone

from accounts.actions import rotate_signing_key
from accounts.models import SigningKey


def put_in_service(alg: str) -> SigningKey:
    """A fresh key that signs from now on; the handover from the one before is over."""
    made = rotate_signing_key.without_waiting(alg)
    SigningKey.objects.filter(state="retiring").update(retiring_at=timezone.now() - timedelta(minutes=1))
    return made
