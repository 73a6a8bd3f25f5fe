"""Make a service account, and give it secrets."""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from accounts.changes import announce
from accounts.models import ClientCredential, Organisation, ServiceAccount, Team
from accounts.ring import digests
from accounts.scopes import default_scopes
from audit.context import Target
from audit.log import record

SECRET_PREFIX = "gths_"


class CreatedAccount(NamedTuple):
    """The row, and the only sight of its secret."""

    account: ServiceAccount
    client_secret: str


def execute(
    organisation: Organisation, name: str, *, team: Team | None = None, scopes: Sequence[str] | None = None
) -> CreatedAccount:
    """A new account with one secret. Raises ValidationError for what an account may not have."""
    granted = list(scopes) if scopes is not None else default_scopes()
    account = ServiceAccount(organisation=organisation, team=team, name=name, scopes=granted)
    return CreatedAccount(account, save(account))


def save(account: ServiceAccount) -> str:
    """Store an unsaved row with a client id and a first secret, on record and announced; the secret, shown once."""
    with transaction.atomic():
        account.client_id = f"gthc_{secrets.token_hex(12)}"
        account.full_clean()
        account.save()
        record(
            "admin.service_account.created",
            target=Target("service_account", str(account.pk), account.name),
            organisation_id=str(account.organisation_id),
            attrs={"scopes": account.scopes},
        )
        secret = add_secret(account)
        announce("principal", account.subject)
    return secret


def add_secret(account: ServiceAccount) -> str:
    """One more secret, shown once; earlier ones go on working until they expire or are revoked."""
    plain = SECRET_PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        credential = ClientCredential.objects.create(
            service_account=account, digest=digests().of(plain), pepper=digests().current, last4=plain[-4:]
        )
        record(
            "key.created",
            target=Target("client_credential", str(credential.pk), account.name),
            organisation_id=str(account.organisation_id),
            attrs={"client_id": account.client_id, "expires_at": credential.expires_at.isoformat()},
        )
    return plain
