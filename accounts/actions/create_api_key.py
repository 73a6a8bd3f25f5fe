"""Make an API key."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from accounts.changes import announce
from accounts.crypto.api_key_text import ApiKeyText
from accounts.models import ApiKey, Organisation, Team, User
from accounts.models.api_key import default_expiry
from accounts.ring import digests
from accounts.scopes import default_scopes
from audit.context import Target
from audit.log import record


class CreatedKey(NamedTuple):
    """The row, and the only sight of the key itself."""

    key: ApiKey
    plain: str


def fill_secret(key: ApiKey) -> str:
    """Give an unsaved row its random parts; the plain key, to be shown once."""
    text = ApiKeyText.fresh()
    plain = str(text)
    key.public_id, key.pepper, key.last4 = text.public_id, digests().current, plain[-4:]
    key.digest = digests().of(text.secret)
    return plain


def target_of(key: ApiKey) -> Target:
    """What the records of a key say they are about."""
    return Target("api_key", str(key.pk), key.name)


def save(key: ApiKey) -> None:
    """Store a filled row, on record and announced. Raises ValidationError for what a key may not have."""
    with transaction.atomic():
        key.full_clean()
        key.check_maker()
        key.save()
        record(
            "key.created",
            target=target_of(key),
            organisation_id=str(key.organisation_id),
            key_id=str(key.pk),
            key_prefix=key.prefix,
            attrs={"scopes": list(key.scopes), "expires_at": key.expires_at.isoformat()},
        )
        announce("apikey", key.public_id)


def execute(
    organisation: Organisation,
    name: str,
    *,
    team: Team | None = None,
    scopes: Sequence[str] | None = None,
    models: Sequence[str] = (),
    allowed_ips: Sequence[str] = (),
    expires_at: datetime | None = None,
    created_by: User | None = None,
) -> CreatedKey:
    """A new key. Raises ValidationError for what a key may not have."""
    key = ApiKey(
        organisation=organisation,
        team=team,
        name=name,
        scopes=list(scopes) if scopes is not None else default_scopes(),
        models_allowed=list(models),
        allowed_ips=list(allowed_ips),
        expires_at=expires_at or default_expiry(),
        created_by=created_by,
    )
    plain = fill_secret(key)
    save(key)
    return CreatedKey(key, plain)
