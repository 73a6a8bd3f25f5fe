"""An API key was sent in an address, which ends up in logs: whoever is responsible gets to know (SECURITY 5.8).

It goes on working: who typed it into an address holds it rightly, and ending it is his decision, or the finder's
(report_leaked_key). A new secret takes the flag off.
"""

from django.db import transaction
from django.utils import timezone

from accounts.actions.create_api_key import target_of
from accounts.models import ApiKey
from audit.log import record


def execute(public_id: str, client_ip: str) -> bool:
    """Whether it is flagged now and was not before."""
    with transaction.atomic():
        key = ApiKey.objects.unrevoked().select_for_update().filter(public_id=public_id, leaked_at=None).first()
        if key is None:
            return False
        key.leaked_at = timezone.now()
        key.save(update_fields=["leaked_at"])
        record(
            "key.leaked.reported",
            target=target_of(key),
            organisation_id=str(key.organisation_id),
            key_id=str(key.pk),
            key_prefix=key.prefix,
            src_ip=client_ip,
            attrs={"because": "in_an_address"},
        )
    return True
