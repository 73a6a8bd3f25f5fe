"""Routes as the hot path holds them: places, policies, presets."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from django.db.models import F, Q

from llmproxy.adapters.adapter import Adapter
from llmproxy.catalog.prices import PriceBook
from llmproxy.catalog.snapshot import Credentials, Deployment, Header, Preset, Route
from llmproxy.models import ModelPreset, RouteDeployment, RouteFallback
from llmproxy.models import Route as RouteRow
from llmproxy.models.route import TIMEOUTS
from llmproxy.routing.chance import salt_of
from llmproxy.routing.conditions import conditions
from llmproxy.routing.fault import BadRule
from llmproxy.routing.health.circuit import Limits
from llmproxy.routing.place import Place
from llmproxy.routing.policy import Fallback, Policy
from llmproxy.routing.requirements import requirements
from llmproxy.transport.request import Timeouts
from llmproxy.wires.openai_chat import Rules

# What is checked when a row is saved is checked again here: an organisation's rows may have moved since.
SAME_TENANT = Q(target__organisation=None) | Q(target__organisation=F("route__organisation"))
OWN_ROUTE = Q(route__organisation=None) | Q(route__organisation=F("organisation"))


class Access(Protocol):
    """How a provider is called (catalog.loading)."""

    @property
    def adapter(self) -> Adapter: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def extra_headers(self) -> tuple[Header, ...]: ...
    @property
    def rules(self) -> Rules: ...
    @property
    def timeouts(self) -> Timeouts: ...


class RouteBook:
    """Reads all routes in a fixed number of queries; those whose rules cannot be read are named in `problems`.

    Attributes:
        by_id: every route that is switched on.
    """

    def __init__(self, accesses: Mapping[object, Access], prices: PriceBook, problems: list[str]) -> None:
        self._accesses = accesses
        self._prices = prices
        self._problems = problems
        self.by_id: dict[str, Route] = {}

    def read(self) -> tuple[dict[str, Route], dict[str, dict[str, Route]]]:
        """Shared routes by public name, and those of each organisation."""
        places, fallbacks = self._places(), _fallbacks()
        shared: dict[str, Route] = {}
        own: dict[str, dict[str, Route]] = defaultdict(dict)
        for row in RouteRow.objects.filter(enabled=True):
            try:
                route = self._route(row, places[row.pk], fallbacks[row.pk])
            except BadRule as error:
                self._problems.append(f"Route {row.public_name} is out of service: {error}")
                continue
            self.by_id[route.id] = route
            (shared if row.organisation_id is None else own[str(row.organisation_id)])[route.name] = route
        for preset in ModelPreset.objects.filter(OWN_ROUTE, enabled=True, route__enabled=True):
            if (led := self.by_id.get(str(preset.route_id))) is not None:
                target = shared if preset.organisation_id is None else own[str(preset.organisation_id)]
                target[preset.public_name] = _with_preset(led, preset)
        return shared, own

    def _places(self) -> dict[object, list[RouteDeployment]]:
        found: dict[object, list[RouteDeployment]] = defaultdict(list)
        rows = RouteDeployment.objects.select_related("deployment__provider", "deployment__facts")
        live = rows.filter(deployment__enabled=True, deployment__provider__enabled=True)
        for row in live.order_by("priority", "-weight", "id"):
            if row.deployment.provider_id in self._accesses:
                found[row.route_id].append(row)
        return found

    def _route(self, row: RouteRow, places: Iterable[RouteDeployment], fallbacks: tuple[Fallback, ...]) -> Route:
        policy = Policy(
            row.strategy, requirements(row.requirements), row.sticky, row.max_attempts, row.hedge_after, fallbacks
        )
        deployments = tuple(self._deployment(row, place, position) for position, place in enumerate(places))
        created = int(row.created_at.timestamp())
        return Route(row.public_name, row.kind, created, row.is_default, deployments, str(row.pk), policy)

    def _deployment(self, route: RouteRow, row: RouteDeployment, position: int) -> Deployment:
        deployment, provider = row.deployment, row.deployment.provider
        access = self._accesses[provider.pk]
        place = _place(row, position)
        price = self._prices.price_of(deployment)
        return Deployment(
            id=str(deployment.pk),
            provider_id=str(provider.pk),
            provider_slug=provider.slug,
            wire=provider.wire,
            adapter=access.adapter,
            wires=provider.wires,
            upstream_model=deployment.upstream_model,
            timeouts=_timeouts(route, access.timeouts),
            rules=access.rules,
            credentials=access.credentials,
            extra_headers=access.extra_headers,
            priority=row.priority,
            weight=row.weight,
            price=price,
            place=replace(place, price=price),
            max_parallel=deployment.max_parallel,
            queue_seconds=deployment.queue_seconds,
            limits=Limits(deployment.breaker_failures, deployment.breaker_seconds),
        )


def _place(row: RouteDeployment, position: int) -> Place:
    deployment, provider, facts = row.deployment, row.deployment.provider, row.deployment.facts
    return Place(
        deployment=str(deployment.pk),
        label=f"{provider.slug}/{deployment.upstream_model}",
        position=position,
        priority=row.priority,
        weight=row.weight,
        role=row.role,
        share=row.share,
        conditions=conditions(row.conditions),
        region=provider.region,
        data=frozenset(provider.data_policy),
        capabilities=frozenset(facts.capabilities) if facts else frozenset(),
        context_window=facts.context_window if facts else None,
        max_output=facts.max_output if facts else None,
        salt=salt_of(str(deployment.pk)),
    )


def _timeouts(route: RouteRow, provider: Timeouts) -> Timeouts:
    """The route's where it has its own, else the provider's."""
    own = {name.removesuffix("_timeout"): getattr(route, name) for name in TIMEOUTS}
    given = {name: seconds for name, seconds in own.items() if seconds is not None}
    return replace(provider, **given) if given else provider


def _fallbacks() -> dict[object, tuple[Fallback, ...]]:
    found: dict[object, tuple[Fallback, ...]] = defaultdict(tuple)
    for row in RouteFallback.objects.filter(SAME_TENANT, target__enabled=True).order_by("position", "id"):
        found[row.route_id] += (Fallback(row.on, str(row.target_id), frozenset(row.statuses)),)
    return found


def _with_preset(route: Route, row: ModelPreset) -> Route:
    preset = Preset(row.public_name, row.parameters, row.locked, row.system_prompt)
    created = int(row.created_at.timestamp())
    return replace(route, name=row.public_name, created=created, is_default=False, preset=preset)
