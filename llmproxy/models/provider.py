"""Providers and their credentials."""

import hashlib
import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from uuid_utils.compat import uuid7

from accounts.egress import EgressPolicy
from accounts.egress.urls import validate_base_url
from accounts.models import Organisation
from accounts.ring import envelope
from llmproxy.models.configuration import Configuration, ConfigurationQuerySet, ScopedQuerySet
from llmproxy.models.kinds import auth_choices, wire_choices

HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}").fullmatch
QUIRKS = {"rename": dict, "drop": list, "extra_body": dict, "extra_headers": dict}
SIMULATOR_SCHEME = "simulator"
# Headers that belong to the gateway or the transport; a row may not set them.
RESERVED_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})


class Provider(Configuration):
    """An AI service: where it is and how it is spoken to."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="providers",
        help_text="Empty: shared by all organisations.",
    )
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=63, unique=True, help_text="Its short name in records and metrics.")
    wire = models.CharField("wire format", max_length=32, choices=wire_choices, default="openai_chat")
    base_url = models.CharField("base URL", max_length=500, help_text="Such as https://api.openai.com/v1")
    auth_scheme = models.CharField(max_length=32, choices=auth_choices, default="bearer")
    auth_header_name = models.CharField(
        max_length=64, blank=True, help_text="For “A header of its own”: such as api-key."
    )
    quirks = models.JSONField(
        default=dict, blank=True, help_text="rename, drop, extra_body, extra_headers: see docs/providers.md."
    )
    connect_timeout = models.FloatField(default=5.0, help_text="Seconds.")
    first_byte_timeout = models.FloatField(default=60.0, help_text="Seconds until the answer begins.")
    between_chunks_timeout = models.FloatField(default=60.0, help_text="Seconds of silence within an answer.")
    total_timeout = models.FloatField(default=600.0, help_text="Seconds for the whole answer.")
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedQuerySet["Provider"].as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def is_simulated(self) -> bool:
        """Answered in this process, without a network."""
        return self.base_url.startswith(f"{SIMULATOR_SCHEME}://")

    @property
    def host(self) -> str:
        """What its credentials are bound to: scheme, host and port."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    def clean(self) -> None:
        """The URL may be called, the header may be sent, the quirks and times make sense."""
        self.base_url = self.base_url.strip().rstrip("/")
        try:
            validate_base_url(
                self.base_url, EgressPolicy(settings.GATEHOUSE_EGRESS_ALLOW), in_process={SIMULATOR_SCHEME}
            )
        except ValueError as error:
            raise ValidationError({"base_url": str(error)}) from error
        if self.auth_scheme == "header" and not HEADER_NAME(self.auth_header_name):
            raise ValidationError(
                {"auth_header_name": "Name the header that carries the key: letters, digits, dashes."}
            )
        self._clean_quirks()
        self._clean_times()

    def _clean_quirks(self) -> None:
        if not isinstance(self.quirks, dict):
            raise ValidationError({"quirks": "An object with rename, drop, extra_body, extra_headers."})
        for name, value in self.quirks.items():
            if not isinstance(value, QUIRKS.get(name, ())):
                known = ", ".join(QUIRKS)
                raise ValidationError({"quirks": f"{name!r} is unknown or of the wrong type. Known: {known}."})
        for name, value in self.quirks.get("extra_headers", {}).items():
            if not HEADER_NAME(name) or name.lower() in RESERVED_HEADERS or not _is_header_value(value):
                raise ValidationError({"quirks": f"The header {name!r} cannot be sent."})

    def _clean_times(self) -> None:
        for field in ("connect_timeout", "first_byte_timeout", "between_chunks_timeout", "total_timeout"):
            if not 0.05 <= getattr(self, field) <= 3600:
                raise ValidationError({field: "Between 0.05 and 3600 seconds."})


class ProviderCredential(Configuration):
    """A provider's key: sealed, write-only, bound to this row."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="credentials")
    name = models.CharField(max_length=100, default="default")
    secret_sealed = models.TextField(editable=False)
    last4 = models.CharField(max_length=4, editable=False)
    fingerprint = models.CharField(max_length=16, editable=False)
    weight = models.PositiveIntegerField(default=1)
    enabled = models.BooleanField(default=True)
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

    def set_secret(self, plain: str) -> None:
        """Seal `plain` into the row (not saved). Raises ValidationError for what cannot be sent in a header."""
        plain = plain.strip()
        if not plain or not _is_header_value(plain):
            raise ValidationError("The key must be printable text without line breaks.")
        self.secret_sealed = envelope().seal(plain.encode("utf-8"), aad=self.aad)
        self.last4 = plain[-4:] if len(plain) >= 12 else ""
        self.fingerprint = hashlib.sha256(plain.encode("utf-8")).hexdigest()[:16]

    def secret(self) -> str:
        """The plain key, just before use. Raises UnsealError."""
        return envelope().unseal(self.secret_sealed, aad=self.aad).decode("utf-8")


def _is_header_value(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()
