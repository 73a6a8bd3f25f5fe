"""Other issuers whose tokens an organisation believes, and what their holders may do (SECURITY 5.9)."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.egress import EgressPolicy
from accounts.egress.urls import BaseUrlRefused, validate_base_url
from accounts.models.organisation import Organisation
from accounts.models.team import Team
from accounts.scopes import GATEWAY_SCOPES, default_scopes, validate_scopes
from accounts.tokens.client_key import ALGORITHMS, ClientKey, read_public_keys
from accounts.tokens.foreign import TYPES

FETCHED_EVERY = timedelta(hours=1)
TRIED_EVERY = timedelta(minutes=1)
KEYS_LAST = timedelta(hours=24)
LONGEST_TOKEN_SECONDS = 24 * 3600
LONGEST_PATH = 128


def default_algorithms() -> list[str]:
    """What most issuers sign with."""
    return ["RS256", "ES256"]


def default_types() -> list[str]:
    """The one that says what it is; many issuers say `JWT`, and an administrator has to allow that."""
    return ["at+jwt"]


class TrustedIssuerQuerySet(models.QuerySet["TrustedIssuer"]):
    """Questions about many."""

    def due(self, now: datetime) -> "TrustedIssuerQuerySet":
        """Those whose keys are to be fetched: old, never had, or asked for since the last try."""
        old = models.Q(fetched_at__isnull=True) | models.Q(fetched_at__lt=now - FETCHED_EVERY)
        tried = models.Q(checked_at__isnull=True) | models.Q(checked_at__lt=now - TRIED_EVERY)
        wanted = models.Q(keys_wanted_at__gt=models.F("checked_at"))
        return self.filter(is_active=True, pinned_keys="").filter((old & tried) | wanted)


class TrustedIssuer(models.Model):
    """One issuer, for one audience, in one organisation.

    Attributes:
        keys: the last good set, as public JWKs that were checked.
        keys_wanted_at: when a token with an unknown key last came.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="trusted_issuers")
    name = models.CharField(max_length=200)
    issuer = models.CharField(
        max_length=255, help_text="Exactly as in the tokens' iss, with or without a slash at the end."
    )
    audience = models.CharField(
        max_length=255, help_text="What the tokens' aud must be. Ask your identity provider for one of its own for us."
    )
    jwks_uri = models.CharField(
        "address of the key set", max_length=255, blank=True, help_text="Empty: found by the issuer's own metadata."
    )
    pinned_keys = models.TextField(
        blank=True, help_text="Public keys (JWK, JWK set or PEM) in place of fetched ones; nothing is fetched then."
    )
    algorithms = models.JSONField(default=default_algorithms)
    types = models.JSONField(
        default=default_types,
        help_text="Kinds of tokens, by typ. at+jwt is an access token (RFC 9068); JWT is anything.",
    )
    longest_seconds = models.PositiveIntegerField(
        "longest life", default=3600, validators=[MinValueValidator(60), MaxValueValidator(LONGEST_TOKEN_SECONDS)],
        help_text="Seconds from iat to exp; tokens that say more are refused.",
    )  # fmt: skip
    required_claims = models.JSONField(default=list, blank=True, help_text="Claims that have to be there.")
    direct = models.BooleanField(
        "may be used directly", default=False,
        help_text="At the gateway, as they are (with a jti and an hour of life at most). Off: to be exchanged first.",
    )  # fmt: skip
    is_active = models.BooleanField(default=True, help_text="Switched off, none of its tokens works any more.")
    keys = models.JSONField(default=list, editable=False)
    fetched_at = models.DateTimeField(null=True, blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    keys_wanted_at = models.DateTimeField(null=True, blank=True, editable=False)
    fetch_error = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TrustedIssuerQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (models.UniqueConstraint(fields=("issuer", "audience"), name="one_trust_for_an_audience"),)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Addresses that may be called, keys that can be used, algorithms that we know."""
        errors: dict[str, str] = {}
        policy = EgressPolicy(settings.GATEHOUSE_EGRESS_ALLOW)
        for name in ("issuer", "jwks_uri"):
            try:
                if getattr(self, name):
                    validate_base_url(getattr(self, name), policy)
            except BaseUrlRefused as error:
                errors[name] = str(error)
        if self.issuer.rstrip("/") == settings.GATEHOUSE_PUBLIC_URL:
            errors["issuer"] = "That is this Gatehouse. Its own tokens need no trust."
        errors |= self._list_errors()
        try:
            self.pinned()
        except ValueError as error:
            errors["pinned_keys"] = str(error)
        if errors:
            raise ValidationError(errors)

    def pinned(self) -> list[ClientKey]:
        """The keys that were pasted. Raises ValueError with a sentence for who pasted them."""
        return read_public_keys(self.pinned_keys) if self.pinned_keys.strip() else []

    def usable_keys(self) -> list[ClientKey]:
        """Pinned ones, or the last good set."""
        return self.pinned() or [ClientKey.from_jwk(jwk) for jwk in self.keys]

    def keys_until(self) -> float:
        """Unix seconds until which the keys are believed."""
        if self.pinned_keys.strip():
            return float("inf")
        return 0.0 if self.fetched_at is None else (self.fetched_at + KEYS_LAST).timestamp()

    @property
    def state(self) -> str:
        """off, no keys, stale or ready."""
        if not self.is_active:
            return "off"
        if not self.pinned_keys.strip() and not self.keys:
            return "no keys"
        return "ready" if timezone.now().timestamp() < self.keys_until() else "stale"

    def _list_errors(self) -> dict[str, str]:
        errors = {}
        if not _are_some_of(self.algorithms, ALGORITHMS):
            errors["algorithms"] = f"Some of: {', '.join(ALGORITHMS)}."
        if not _are_some_of(self.types, TYPES):
            errors["types"] = f"Some of: {', '.join(TYPES)}."
        if not _are_names(self.required_claims):
            errors["required_claims"] = "A list of names."
        return errors


class IssuerRule(models.Model):
    """Who has this exact value in this claim may do this: the only way in for an issuer's tokens."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    issuer = models.ForeignKey(TrustedIssuer, on_delete=models.CASCADE, related_name="rules")
    claim = models.CharField(
        max_length=LONGEST_PATH, help_text="A claim such as groups; realm_access.roles for what lies deeper."
    )
    value = models.CharField(max_length=255, help_text="Exactly this text, or this member of the list.")
    scopes = models.JSONField(default=default_scopes, validators=[validate_scopes])
    models_allowed = models.JSONField("models", default=list, blank=True, help_text="Public names; empty for all.")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.claim} = {self.value}"

    @property
    def organisation_id(self) -> Any:
        """Of the issuer's organisation."""
        return self.issuer.organisation_id

    def clean(self) -> None:
        """Scopes of the gateway only: nobody becomes an administrator by a token from elsewhere."""
        if set(self.scopes or ()) - set(GATEWAY_SCOPES):
            raise ValidationError({"scopes": f"Some of: {', '.join(GATEWAY_SCOPES)}."})
        if not _are_names(self.models_allowed):
            raise ValidationError({"models_allowed": "A list of model names."})
        if self.team is not None and self.team.organisation_id != self.issuer.organisation_id:
            raise ValidationError({"team": "This team belongs to another organisation."})


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and name for name in value)


def _are_some_of(value: object, known: tuple[str, ...]) -> bool:
    return isinstance(value, list) and bool(value) and set(map(str, value)) <= set(known)
