"""Reading the snapshot from the database: a fixed number of queries, each secret opened once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import structlog

from accounts.crypto import UnsealError
from llmproxy.catalog.snapshot import Catalog, Deployment, Header, Route
from llmproxy.models import Provider, ProviderCredential, RouteDeployment
from llmproxy.models import Route as RouteRow
from llmproxy.transport.request import Timeouts
from llmproxy.wires.openai_chat import Rules

logger = structlog.get_logger(__name__)


class Access(NamedTuple):
    """How a provider is called."""

    auth_headers: tuple[Header, ...]
    extra_headers: tuple[Header, ...]
    rules: Rules
    timeouts: Timeouts


def load(version: int) -> Catalog:
    """The configuration as it is now. A row that cannot be used is left out and named, the others stay in service."""
    problems: list[str] = []
    accesses = _accesses(problems)
    places: dict[object, list[RouteDeployment]] = defaultdict(list)
    rows = RouteDeployment.objects.select_related("deployment__provider").order_by("priority", "-weight", "id")
    for place in rows.filter(deployment__enabled=True, deployment__provider__enabled=True):
        places[place.route_id].append(place)
    shared: dict[str, Route] = {}
    own: dict[str, dict[str, Route]] = defaultdict(dict)
    for row in RouteRow.objects.filter(enabled=True):
        target = shared if row.organisation_id is None else own[str(row.organisation_id)]
        target[row.public_name] = _route(row, places[row.pk], accesses)
    merged = {organisation: {**shared, **routes} for organisation, routes in own.items()}
    return Catalog(version, shared, merged, tuple(problems))


def _route(row: RouteRow, places: Iterable[RouteDeployment], accesses: Mapping[object, Access]) -> Route:
    deployments = tuple(
        _deployment(place, accesses[place.deployment.provider_id])
        for place in places
        if place.deployment.provider_id in accesses
    )
    return Route(row.public_name, row.kind, int(row.created_at.timestamp()), row.is_default, deployments)


def _deployment(place: RouteDeployment, access: Access) -> Deployment:
    deployment, provider = place.deployment, place.deployment.provider
    return Deployment(
        id=str(deployment.pk),
        provider_id=str(provider.pk),
        provider_slug=provider.slug,
        wire=provider.wire,
        base_url=provider.base_url,
        upstream_model=deployment.upstream_model,
        timeouts=access.timeouts,
        rules=access.rules,
        auth_headers=access.auth_headers,
        extra_headers=access.extra_headers,
        priority=place.priority,
        weight=place.weight,
    )


def _accesses(problems: list[str]) -> dict[object, Access]:
    secrets: dict[object, ProviderCredential] = {}
    for credential in ProviderCredential.objects.filter(enabled=True).order_by("-weight", "created_at"):
        secrets.setdefault(credential.provider_id, credential)
    found: dict[object, Access] = {}
    for provider in Provider.objects.filter(enabled=True):
        try:
            found[provider.pk] = access_to(provider, secrets.get(provider.pk))
        except (UnsealError, ValueError, TypeError, AttributeError) as error:
            logger.warning("catalog.provider_left_out", provider=provider.slug, error=type(error).__name__)
            problems.append(f"Provider {provider.slug} is out of service: its credential or quirks cannot be read.")
    return found


def access_to(provider: Provider, credential: ProviderCredential | None) -> Access:
    """How `provider` is called with `credential`. Raises UnsealError, or ValueError for a row that makes no sense."""
    quirks = provider.quirks
    rules = Rules(dict(quirks.get("rename", {})), frozenset(quirks.get("drop", ())), dict(quirks.get("extra_body", {})))
    extra = tuple((name.lower().encode(), value.encode()) for name, value in quirks.get("extra_headers", {}).items())
    timeouts = Timeouts(
        provider.connect_timeout, provider.first_byte_timeout, provider.between_chunks_timeout, provider.total_timeout
    )
    return Access(_auth_headers(provider, credential), extra, rules, timeouts)


def _auth_headers(provider: Provider, credential: ProviderCredential | None) -> tuple[Header, ...]:
    if credential is None or provider.auth_scheme == "none":
        return ()
    secret = credential.secret().encode("ascii")
    if provider.auth_scheme == "header":
        return ((provider.auth_header_name.lower().encode("ascii"), secret),)
    return ((b"authorization", b"Bearer " + secret),)
