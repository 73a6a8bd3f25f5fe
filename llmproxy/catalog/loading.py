"""Reading the snapshot from the database: a fixed number of queries, each secret opened once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import structlog
from django.utils import timezone

from accounts.crypto import UnsealError
from llmproxy.adapters.adapter import Adapter
from llmproxy.adapters.auth import BadSecret
from llmproxy.adapters.registry import adapter
from llmproxy.catalog.caching import cache_rules
from llmproxy.catalog.prices import price_book
from llmproxy.catalog.routes import RouteBook
from llmproxy.catalog.rules import rule_book
from llmproxy.catalog.snapshot import Catalog, Credential, Credentials, Header
from llmproxy.models import Provider, ProviderCredential
from llmproxy.models.credential import NoAccessToken
from llmproxy.transport.request import Timeouts
from llmproxy.wires.openai_chat import Rules

logger = structlog.get_logger(__name__)


class Access(NamedTuple):
    """How a provider is called."""

    adapter: Adapter
    credentials: Credentials
    extra_headers: tuple[Header, ...]
    rules: Rules
    timeouts: Timeouts


def load(version: int) -> Catalog:
    """The configuration as it is now. A row that cannot be used is left out and named, the others stay in service."""
    problems: list[str] = []
    accesses = _accesses(problems)
    book = RouteBook(accesses, price_book(timezone.now(), problems), problems)
    shared, own = book.read()
    merged = {organisation: {**shared, **routes} for organisation, routes in own.items()}
    rules = rule_book(problems)
    return Catalog(version, shared, merged, tuple(problems), book.by_id, cache_rules(), rules)


def _accesses(problems: list[str]) -> dict[object, Access]:
    keys: dict[object, list[ProviderCredential]] = defaultdict(list)
    for credential in ProviderCredential.objects.filter(enabled=True, provider__enabled=True).select_related(
        "provider"
    ):
        keys[credential.provider_id].append(credential)
    found: dict[object, Access] = {}
    for provider in Provider.objects.filter(enabled=True):
        try:
            found[provider.pk] = access_to(provider, keys[provider.pk], problems)
        except (UnsealError, ValueError, TypeError, AttributeError) as error:
            logger.warning("catalog.provider_left_out", provider=provider.slug, error=type(error).__name__)
            problems.append(f"Provider {provider.slug} is out of service: its credential or quirks cannot be read.")
    return found


def access_to(provider: Provider, keys: Sequence[ProviderCredential], problems: list[str]) -> Access:
    """How `provider` is called with `keys`; those that cannot be used are named in `problems`, if others can.

    Raises UnsealError, or ValueError, where no key can be used or the row makes no sense.
    """
    quirks = provider.quirks
    extra = tuple((name.lower().encode(), value.encode()) for name, value in quirks.get("extra_headers", {}).items())
    timeouts = Timeouts(
        provider.connect_timeout, provider.first_byte_timeout, provider.between_chunks_timeout, provider.total_timeout
    )
    address = adapter(provider.adapter, provider.base_url, provider.options)
    return Access(address, _credentials(provider, keys, problems), extra, _rules(quirks), timeouts)


def _rules(quirks: Mapping[str, Any]) -> Rules:
    return Rules(
        dict(quirks.get("rename", {})),
        frozenset(quirks.get("drop", ())),
        dict(quirks.get("extra_body", {})),
        int(quirks.get("call_id_length", 0)),
        quirks.get("custom_tools"),
    )


def _credentials(provider: Provider, keys: Sequence[ProviderCredential], problems: list[str]) -> Credentials:
    if provider.auth_scheme == "none":
        return Credentials()
    found, failure, now = [], None, timezone.now()
    for key in keys:
        try:
            found.append(Credential(str(key.pk), key.name, key.weight, key.auth(now)))
        except (UnsealError, ValueError) as error:
            failure = error
            problems.append(f"The key “{key.name}” of provider {provider.slug} is not in use: {_reason(error)}")
    if failure is not None and not found:
        raise failure
    return Credentials(tuple(found))


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, BadSecret | NoAccessToken) else "it cannot be opened."
