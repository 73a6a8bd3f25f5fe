"""Register public keys of a service account, for `private_key_jwt` (SECURITY 5.10)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import ClientCredential, ServiceAccount
from accounts.models.api_key import default_expiry
from accounts.tokens.client_key import read_public_keys
from audit.context import Target
from audit.log import record


def execute(account: ServiceAccount, text: str, expires_at: datetime | None = None) -> list[ClientCredential]:
    """Rows of the keys in a JWK, a JWK set or a PEM block; those that the account has already are left alone.

    Raises:
        ValidationError: the text holds no public keys, or one that is not safe.
    """
    try:
        keys = read_public_keys(text)
    except ValueError as error:
        raise ValidationError(str(error)) from error
    until = expires_at or default_expiry()
    with transaction.atomic():
        held = {row.thumbprint for row in account.credentials.all() if row.is_key and row.state == "active"}
        rows = [ClientCredential.of_key(account, key, until) for key in keys if key.thumbprint not in held]
        for row in rows:
            row.save()
            _recorded(row)
    return rows


def _recorded(row: ClientCredential) -> None:
    account = row.service_account
    attrs = {"client_id": account.client_id, "thumbprint": row.thumbprint, "expires_at": row.expires_at.isoformat()}
    target = Target("client_credential", str(row.pk), account.name)
    record("key.created", target=target, organisation_id=str(account.organisation_id), attrs=attrs)
