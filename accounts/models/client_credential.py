"""What a program proves itself with: secrets and public keys, several at a time (SECURITY 5.10)."""

import base64
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Self

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.models.api_key import default_expiry
from accounts.models.prepared import Prepared
from accounts.models.service_account import ServiceAccount
from accounts.tokens.client_key import ClientKey

# Written down once a minute, so that a busy client costs no write for each token.
USE_NOTED_EVERY = timedelta(minutes=1)


class CredentialKind(models.TextChoices):
    """What is kept of it."""

    SECRET = "secret", "Secret"
    PUBLIC_KEY = "public_key", "Public key"


class CredentialQuerySet(models.QuerySet["ClientCredential"]):
    """Questions about many."""

    def of_client(self, client_id: str) -> "list[ClientCredential]":
        """Those of an account that is switched on, with the account and its organisation."""
        return _of_client()(client_id)


class ClientCredential(models.Model):
    """One of a service account's secrets or keys; several overlap while they are exchanged.

    Attributes:
        digest: of a secret, its HMAC; of a key, the 32 bytes of its thumbprint.
        public_jwk: of a key, its public members and its one algorithm.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    service_account = models.ForeignKey(ServiceAccount, on_delete=models.CASCADE, related_name="credentials")
    kind = models.CharField(
        max_length=16, choices=CredentialKind.choices, default=CredentialKind.SECRET, editable=False
    )
    digest = models.BinaryField(max_length=32, editable=False)
    pepper = models.CharField(max_length=32, editable=False, blank=True)
    last4 = models.CharField(max_length=4, editable=False)
    public_jwk = models.JSONField(null=True, editable=False)
    expires_at = models.DateTimeField(default=default_expiry)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CredentialQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"…{self.last4}"

    @classmethod
    def of_key(cls, account: ServiceAccount, key: ClientKey, expires_at: datetime) -> Self:
        """An unsaved row of a public key."""
        digest = base64.urlsafe_b64decode(key.thumbprint + "=")
        return cls(
            service_account=account, kind=CredentialKind.PUBLIC_KEY, digest=digest, last4=key.thumbprint[-4:],
            public_jwk=key.public_jwk(), expires_at=expires_at,
        )  # fmt: skip

    @property
    def organisation_id(self) -> Any:
        """Of the account's organisation."""
        return self.service_account.organisation_id

    @property
    def is_key(self) -> bool:
        """Whether it is a public key, and no secret."""
        return self.kind == CredentialKind.PUBLIC_KEY

    @property
    def thumbprint(self) -> str:
        """Of a key, RFC 7638."""
        return base64.urlsafe_b64encode(bytes(self.digest)).decode("ascii").rstrip("=")

    @property
    def client_key(self) -> ClientKey:
        """The key itself. Raises ValueError for a secret."""
        return ClientKey.from_jwk(self.public_jwk or {})

    @property
    def state(self) -> str:
        """active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "active" if self.expires_at > timezone.now() else "expired"

    def lives(self, now: datetime) -> bool:
        """Whether it works at `now`."""
        return self.revoked_at is None and now < self.expires_at

    def note_use(self, now: datetime) -> None:
        """Write down that it was used, once a minute at most; nobody decides by it."""
        if self.last_used_at is None or now - self.last_used_at > USE_NOTED_EVERY:
            ClientCredential.objects.filter(pk=self.pk).update(last_used_at=now)
            self.last_used_at = now


@lru_cache(maxsize=1)
def _of_client() -> Prepared:
    return Prepared(_of_client_with)


def _of_client_with(client_id: str) -> "models.QuerySet[ClientCredential]":
    rows = ClientCredential.objects.select_related("service_account__organisation").order_by("-created_at")
    on = {"service_account__is_active": True, "service_account__organisation__is_active": True}
    return rows.filter(service_account__client_id=client_id, **on)
