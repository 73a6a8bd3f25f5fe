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
    """A new account with one secret."""
    with transaction.atomic():
        account = ServiceAccount(
            organisation=organisation,
            team=team,
            name=name,
            client_id=f"gthc_{secrets.token_hex(12)}",
            scopes=list(scopes) if scopes is not None else default_scopes(),
        )
        account.full_clean()
        account.save()
        record(
            "admin.service_account.created",
            target=Target("service_account", str(account.pk), name),
            organisation_id=str(organisation.pk),
            attrs={"scopes": account.scopes},
        )
        announce("principal", account.subject)
        return CreatedAccount(account, add_secret(account))


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
