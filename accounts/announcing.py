"""Every saved or deleted row that identities are made of is announced, whatever path the change took (SECURITY 5.6).

`QuerySet.update()` sends no signal: whoever uses it calls `announce` himself.
"""

from typing import Any

from django.db.models import Model
from django.db.models.signals import post_delete, post_save

from accounts.changes import announce
from accounts.models import (
    ApiKey,
    IssuerRule,
    Membership,
    Organisation,
    ServiceAccount,
    SigningKey,
    TrustedIssuer,
    User,
)

KINDS: dict[type[Model], str] = {
    ApiKey: "apikey",
    IssuerRule: "issuer",
    Membership: "principal",
    Organisation: "tenant",
    ServiceAccount: "principal",
    SigningKey: "signing_key",
    TrustedIssuer: "issuer",
    User: "principal",
}


def connect() -> None:
    """Listen to the models; once, when the app is ready."""
    for model in KINDS:
        post_save.connect(_saved, sender=model, dispatch_uid=f"announce-saved-{model.__name__}")
        post_delete.connect(_gone, sender=model, dispatch_uid=f"announce-gone-{model.__name__}")


def _saved(sender: type[Model], instance: Model, update_fields: frozenset[str] | None = None, **_: Any) -> None:
    if update_fields is None or update_fields != {"last_login"}:  # each sign-in writes it, and nobody here reads it
        announce(KINDS[sender], _value(instance))


def _gone(sender: type[Model], instance: Model, **_: Any) -> None:
    announce(KINDS[sender], _value(instance))


def _value(row: Model) -> str:
    match row:
        case ApiKey():
            return row.public_id
        case SigningKey():
            return row.kid
        case Membership():
            return f"usr:{row.user_id}"
        case User() | ServiceAccount():
            return row.subject
    return str(row.pk)
