"""A token came with a key that its issuer did not have when it was last asked: ask again, once in thirty seconds."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import TrustedIssuer

AGAIN_AFTER = timedelta(seconds=30)


def execute(issuer_ids: Iterable[str]) -> list[str]:
    """Those that are to be asked now. Of all processes that want the same, one gets it."""
    now = timezone.now()
    long_ago = Q(keys_wanted_at__isnull=True) | Q(keys_wanted_at__lt=now - AGAIN_AFTER)
    wanted = []
    for issuer_id in issuer_ids:
        rows = TrustedIssuer.objects.filter(long_ago, pk=issuer_id, is_active=True, pinned_keys="")
        if rows.update(keys_wanted_at=now):
            wanted.append(issuer_id)
    return wanted
