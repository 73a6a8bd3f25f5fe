"""Providers."""

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
from llmproxy.adapters.adapter import BadOptions
from llmproxy.adapters.auth import Placement, scheme
from llmproxy.adapters.registry import adapter
from llmproxy.models.configuration import Configuration, ScopedQuerySet
from llmproxy.models.kinds import WIRES, adapter_choices, auth_choices, wire_choices
from llmproxy.presets import BY_HAND, PRESETS, Emblem, Preset
from llmproxy.wires.openai_chat.call_ids import LONGEST, SHORTEST

OPTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}").fullmatch
DISCOVERY = re.compile(r"([A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*(\?[A-Za-z0-9_=&-]+)?)?").fullmatch
HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}").fullmatch
QUIRKS = {
    "rename": dict, "drop": list, "extra_body": dict, "extra_headers": dict, "call_id_length": int,
    "custom_tools": bool,
}  # fmt: skip
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
    more_wires = models.JSONField(
        "further wire formats",
        default=list,
        blank=True,
        help_text="Others that it answers below the same base URL. Calls in these go through untouched.",
    )
    adapter = models.CharField(
        "addresses", max_length=32, choices=adapter_choices, default="standard", help_text="How addresses are built."
    )
    base_url = models.CharField("base URL", max_length=500, help_text="Such as https://api.openai.com/v1")
    auth_scheme = models.CharField(max_length=32, choices=auth_choices, default="bearer")
    auth_header_name = models.CharField(
        "header or parameter",
        max_length=64,
        blank=True,
        help_text="Where the key goes, if the scheme leaves that open: such as api-key.",
    )
    options = models.JSONField(
        default=dict, blank=True, help_text="What the service needs besides, such as region: see docs/providers.md."
    )
    region = models.SlugField(
        max_length=63, blank=True, help_text="Where it runs, such as eu or eu-west-1; routes and callers may demand it."
    )
    data_policy = models.JSONField(
        default=list,
        blank=True,
        help_text='What it promises for the data of calls, such as ["no_training", "zero_retention"].',
    )
    discovery_path = models.CharField(
        max_length=200, blank=True, default="models", help_text="Where its models are listed; empty: nowhere."
    )
    preset = models.SlugField(max_length=63, blank=True, editable=False)
    quirks = models.JSONField(
        default=dict,
        blank=True,
        help_text="rename, drop, extra_body, extra_headers, call_id_length, custom_tools: see docs/providers.md.",
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

    @property
    def made_from(self) -> Preset | None:
        """The preset; None where it was filled in by hand, or the preset is no more."""
        return PRESETS.get(self.preset)

    @property
    def sign(self) -> Emblem:
        """How it is shown beside its name."""
        return self.made_from.sign if self.made_from else BY_HAND

    @property
    def wires(self) -> frozenset[str]:
        """All wire formats that it speaks."""
        return frozenset((self.wire, *self.more_wires))

    def clean(self) -> None:
        """The URL may be called, the header may be sent, the quirks and times make sense."""
        self.base_url = self.base_url.strip().rstrip("/")
        try:
            validate_base_url(
                self.base_url, EgressPolicy(settings.GATEHOUSE_EGRESS_ALLOW), in_process={SIMULATOR_SCHEME}
            )
        except ValueError as error:
            raise ValidationError({"base_url": str(error)}) from error
        if scheme(self.auth_scheme).named and not HEADER_NAME(self.auth_header_name):
            raise ValidationError(
                {"auth_header_name": "Name the header or parameter that carries the key: letters, digits, dashes."}
            )
        self._clean_wires()
        self._clean_options()
        self._clean_quirks()
        self._clean_data_policy()
        self._clean_times()

    @property
    def placement(self) -> Placement:
        """Where a credential goes."""
        return Placement(self.auth_header_name, self.options, urlsplit(self.base_url).netloc)

    def _clean_wires(self) -> None:
        self.more_wires = self.more_wires or []
        if not isinstance(self.more_wires, list) or not set(self.more_wires) <= WIRES.keys():
            raise ValidationError({"more_wires": f"A list of: {', '.join(WIRES)}."})

    def _clean_options(self) -> None:
        options = self.options = {} if self.options is None else self.options
        if not isinstance(options, dict) or not all(isinstance(value, str) for value in options.values()):
            raise ValidationError({"options": "An object whose values are texts."})
        for name, value in options.items():
            if not OPTION(value):  # they become parts of addresses (SECURITY 4.1.2)
                raise ValidationError({"options": f"{name}: letters, digits, dots, dashes and underscores only."})
        try:
            adapter(self.adapter, self.base_url, options)
        except BadOptions as error:
            raise ValidationError({"options": str(error)}) from error
        if not DISCOVERY(self.discovery_path):
            raise ValidationError({"discovery_path": "A path below the base URL, such as models."})

    def _clean_quirks(self) -> None:
        self.quirks = {} if self.quirks is None else self.quirks
        if not isinstance(self.quirks, dict):
            raise ValidationError({"quirks": f"An object with {', '.join(QUIRKS)}."})
        for name, value in self.quirks.items():
            if not isinstance(value, QUIRKS.get(name, ())):
                known = ", ".join(QUIRKS)
                raise ValidationError({"quirks": f"{name!r} is unknown or of the wrong type. Known: {known}."})
        length = self.quirks.get("call_id_length", SHORTEST)
        if isinstance(length, bool) or not SHORTEST <= length <= LONGEST:
            raise ValidationError({"quirks": f"call_id_length: from {SHORTEST} to {LONGEST}."})
        for name, value in self.quirks.get("extra_headers", {}).items():
            if not HEADER_NAME(name) or name.lower() in RESERVED_HEADERS or not _is_header_value(value):
                raise ValidationError({"quirks": f"The header {name!r} cannot be sent."})

    def _clean_data_policy(self) -> None:
        self.data_policy = self.data_policy or []
        listed = isinstance(self.data_policy, list) and len(self.data_policy) <= 20
        if not listed or not all(isinstance(word, str) and OPTION(word) for word in self.data_policy):
            raise ValidationError({"data_policy": 'A list of words such as ["no_training"].'})

    def _clean_times(self) -> None:
        for field in ("connect_timeout", "first_byte_timeout", "between_chunks_timeout", "total_timeout"):
            if not 0.05 <= getattr(self, field) <= 3600:
                raise ValidationError({field: "Between 0.05 and 3600 seconds."})


def _is_header_value(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isprintable()
