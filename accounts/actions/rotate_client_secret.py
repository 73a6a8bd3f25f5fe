"""Give a service account a new secret; the ones before work on for a while, so that no program stands still."""

from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.actions.create_service_account import add_secret
from accounts.models import ClientCredential, ServiceAccount
from accounts.models.api_key import LONGEST_OVERLAP
from accounts.models.client_credential import CredentialKind
from audit.context import Target
from audit.log import record


def execute(account: ServiceAccount, overlap: timedelta = LONGEST_OVERLAP) -> str:
    """The new secret, shown once. Public keys are left alone.

    Args:
        overlap: how long the secrets before work on; none at all where they may be known to others.

    Raises:
        ValidationError: the overlap is negative or longer than a day.
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise ValidationError("Secrets of a service account overlap for a day at most.")
    until = timezone.now() + overlap
    with transaction.atomic():
        ServiceAccount.objects.select_for_update().get(pk=account.pk)
        # Those that expire earlier by themselves keep their time.
        before = account.credentials.filter(kind=CredentialKind.SECRET, revoked_at__isnull=True, expires_at__gt=until)
        for row in before:
            _shortened(row, account, overlap)
        before.update(expires_at=until)
        return add_secret(account)


def _shortened(row: ClientCredential, account: ServiceAccount, overlap: timedelta) -> None:
    record(
        "key.rotated",
        target=Target("client_credential", str(row.pk), account.name),
        organisation_id=str(account.organisation_id),
        attrs={"client_id": account.client_id, "overlap_seconds": int(overlap.total_seconds())},
    )
