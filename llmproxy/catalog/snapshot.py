"""The snapshot: everything a call needs to know of configuration, in plain frozen objects."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llmproxy.adapters.adapter import Adapter
from llmproxy.adapters.auth import Auth
from llmproxy.catalog.caching import CacheRules
from llmproxy.catalog.rules import NO_RULES, RuleBook
from llmproxy.pricing import Price
from llmproxy.routing.health.circuit import Limits
from llmproxy.routing.place import Place
from llmproxy.routing.plan import Plan, only
from llmproxy.routing.policy import Policy, is_simple, reads_body
from llmproxy.transport.request import Timeouts
from llmproxy.wires.openai_chat import Rules

Header = tuple[bytes, bytes]
NOWHERE = Place("", "")


@dataclass(frozen=True, slots=True)
class Credential:
    """A provider's key, ready to sign with. It stays out of the repr."""

    id: str
    name: str
    weight: int
    auth: Auth = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The keys of one provider."""

    all: tuple[Credential, ...] = ()

    def pick(self) -> Credential | None:
        """One of them by weight; those of weight 0 only where there is no other."""
        if len(self.all) < 2:
            return self.all[0] if self.all else None
        weights = [credential.weight for credential in self.all]
        return random.choices(self.all, weights if any(weights) else None)[0]  # noqa: S311 (a share, no secret)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A model at a provider, ready to be called. Credentials stay out of the repr."""

    id: str
    provider_id: str
    provider_slug: str
    wire: str
    wires: frozenset[str]
    adapter: Adapter
    upstream_model: str
    timeouts: Timeouts
    rules: Rules
    credentials: Credentials
    extra_headers: tuple[Header, ...] = field(default=(), repr=False)
    priority: int = 0
    weight: int = 1
    price: Price | None = None
    place: Place = NOWHERE
    max_parallel: int | None = None
    queue_seconds: float = 0.0
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Preset:
    """What a preset adds to a call. `locked`: its parameters go before the call's own."""

    name: str
    parameters: Mapping[str, Any]
    locked: bool
    system_prompt: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Route:
    """A public model name.

    Attributes:
        created: Unix seconds.
        deployments: in the order of preference; `deployments[n].place.position` is n.
        only: the plan where one deployment takes every call; None where there is something to choose.
        reads_body: whether planning depends on what is asked.
        preset: where the name is a preset's.
    """

    name: str
    kind: str
    created: int
    is_default: bool
    deployments: tuple[Deployment, ...]
    id: str = ""
    policy: Policy = Policy()
    preset: Preset | None = None
    places: tuple[Place, ...] = field(init=False)
    only: Plan | None = field(init=False)
    reads_body: bool = field(init=False)

    def __post_init__(self) -> None:
        places = tuple(deployment.place for deployment in self.deployments)
        object.__setattr__(self, "places", places)
        object.__setattr__(self, "reads_body", reads_body(self.policy, places))
        object.__setattr__(self, "only", only(places[0]) if is_simple(self.policy, places) else None)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All routes, by organisation and shared.

    Attributes:
        version: grows with every load.
        caches: rules of the response cache.
        problems: rows that were left out, and why, for administrators.
        by_id: routes that others fall back to.
        rules: limits, budgets and cost centres.
    """

    version: int = 0
    shared: Mapping[str, Route] = field(default_factory=dict)
    by_organisation: Mapping[str, Mapping[str, Route]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    by_id: Mapping[str, Route] = field(default_factory=dict)
    caches: CacheRules = field(default_factory=dict)
    rules: RuleBook = NO_RULES

    def models_for(self, organisation_id: str) -> Mapping[str, Route]:
        """Public name to route, as one organisation sees it: its own before the shared."""
        return self.by_organisation.get(organisation_id, self.shared)

    def default_route(self, organisation_id: str, kind: str) -> Route | None:
        """The route for calls that name no model: the organisation's own default, else a shared one."""
        own = self.by_organisation.get(organisation_id, {})
        for routes in (own, self.shared):
            for route in routes.values():
                if route.is_default and route.kind == kind and route.deployments:
                    return route
        return None
