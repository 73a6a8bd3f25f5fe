"""A provider's keys, and the access tokens that some of them are exchanged for."""

import hashlib
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from accounts.ring import envelope
from llmproxy.adapters.auth import Auth, BadSecret, Scheme, TokenGrant, scheme
from llmproxy.models.configuration import Configuration, ConfigurationQuerySet
from llmproxy.models.provider import Provider

# Renewed this long before its end, so that a slow token endpoint is no outage.
RENEW_BEFORE = timedelta(minutes=10)


class NoAccessToken(ValueError):
    """The credential is exchanged for an access token, and there is none that is still valid."""


class ProviderCredential(Configuration):
    """A provider's key: sealed, write-only, bound to this row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="credentials")
    name = models.CharField(max_length=100, default="default")
    secret_sealed = models.TextField(editable=False)
    last4 = models.CharField(max_length=4, editable=False)
    fingerprint = models.CharField(max_length=16, editable=False)
    weight = models.PositiveIntegerField(default=1, help_text="Share of the calls; 0: only if there is no other.")
    enabled = models.BooleanField(default=True)
    access_token_sealed = models.TextField(editable=False, blank=True)
    access_token_expires_at = models.DateTimeField(editable=False, null=True)
    access_token_problem = models.CharField(max_length=200, editable=False, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ConfigurationQuerySet["ProviderCredential"].as_manager()

    class Meta:
        ordering = ("created_at",)
        constraints = (models.UniqueConstraint(fields=("provider", "name"), name="credential_name_once"),)

    def __str__(self) -> str:
        return f"{self.name} (…{self.last4})"

    @property
    def aad(self) -> str:
        """What the sealed secret is bound to: this row of this provider."""
        return f"llmproxy.providercredential|secret|{self.pk}|{self.provider_id}"

    @property
    def token_aad(self) -> str:
        """What the sealed access token is bound to."""
        return f"llmproxy.providercredential|access_token|{self.pk}|{self.provider_id}"

    @property
    def scheme(self) -> Scheme:
        """How the provider is authenticated to."""
        return scheme(self.provider.auth_scheme)

    def set_secret(self, plain: str) -> None:
        """Seal `plain` into the row (not saved), in the form of the provider's scheme. Raises ValidationError."""
        auth = self.scheme.auth
        try:
            plain = auth.normalised(plain)
        except BadSecret as error:
            raise ValidationError(str(error)) from error
        self.secret_sealed = envelope().seal(plain.encode("utf-8"), aad=self.aad)
        self.last4 = auth.shown(plain)[-4:]
        self.fingerprint = hashlib.sha256(plain.encode("utf-8")).hexdigest()[:16]
        self.access_token_sealed, self.access_token_expires_at, self.access_token_problem = "", None, ""

    def secret(self) -> str:
        """The plain key, just before use. Raises UnsealError."""
        return envelope().unseal(self.secret_sealed, aad=self.aad).decode("utf-8")

    def grant(self) -> TokenGrant | None:
        """How its access token is fetched; None where the key itself is sent. Raises UnsealError, BadSecret."""
        return self.scheme.auth.grant(self.secret())

    def set_access_token(self, token: str, expires_at: datetime) -> None:
        """Seal an access token into the row (not saved)."""
        self.access_token_sealed = envelope().seal(token.encode("utf-8"), aad=self.token_aad)
        self.access_token_expires_at, self.access_token_problem = expires_at, ""

    def renewal_is_due(self, now: datetime) -> bool:
        """Whether an access token should be fetched now."""
        return self.access_token_expires_at is None or self.access_token_expires_at - now < RENEW_BEFORE

    def auth(self, now: datetime) -> Auth:
        """What signs the calls. Raises UnsealError, BadSecret, NoAccessToken."""
        kind, plain = self.scheme.auth, self.secret()
        if kind.grant(plain) is None:
            return kind(plain, self.provider.placement)
        if self.access_token_expires_at is None or self.access_token_expires_at <= now:
            raise NoAccessToken(self.access_token_problem or "The access token has not been fetched yet.")
        token = envelope().unseal(self.access_token_sealed, aad=self.token_aad).decode("utf-8")
        return kind(token, self.provider.placement)
