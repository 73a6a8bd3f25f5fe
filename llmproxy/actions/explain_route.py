"""Why a call goes where it goes: for a call that might come, by the rules and the circuits of this moment."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from llmproxy.catalog import Route as CatalogRoute
from llmproxy.catalog.loading import load
from llmproxy.health.as_told import AsTold
from llmproxy.health.reading import Overview, overview
from llmproxy.models import Route
from llmproxy.routing.ask import Ask
from llmproxy.routing.failure import REASONS
from llmproxy.routing.plan import Plan, plan
from llmproxy.routing.policy import STRATEGIES

# Plans of as many seeds tell the shares of what is drawn.
SEEDS = 500
STEP = 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would be done with a call.

    Attributes:
        problem: why there is no plan at all; "" where there is one.
        shares: percent of such calls that each deployment would get first, by its label.
        fallbacks: (after what, which route), in order.
    """

    strategy: str = ""
    plan: Plan | None = None
    shares: Mapping[str, int] = field(default_factory=dict)
    fallbacks: tuple[tuple[str, str], ...] = ()
    problem: str = ""


def execute(route: Route, ask: Ask) -> Explanation:
    """The plan for `ask`. Sends nothing."""
    catalog = load(0)
    found = catalog.by_id.get(str(route.pk))
    if found is None:
        broken = next((said for said in catalog.problems if said.startswith(f"Route {route.public_name} ")), "")
        return Explanation(problem=broken or "The route is switched off: calls are answered with 404.")
    if not found.deployments:
        return Explanation(problem="No deployment of this route is switched on: calls are answered with 503.")
    known = overview()
    fallbacks = tuple(
        (REASONS[fallback.on], catalog.by_id[fallback.route].name)
        for fallback in found.policy.fallbacks
        if fallback.route in catalog.by_id
    )
    made = _planned(found, ask, known)
    return Explanation(STRATEGIES[found.policy.strategy], made, _shares(found, ask, known), fallbacks)


def _planned(route: CatalogRoute, ask: Ask, known: Overview) -> Plan:
    return plan(route.policy, route.places, ask, AsTold(known, route.deployments))


def _shares(route: CatalogRoute, ask: Ask, known: Overview) -> dict[str, int]:
    seeds = [ask.seed] if ask.sticky else [number * STEP & (1 << 64) - 1 for number in range(SEEDS)]
    first: Counter[str] = Counter()
    for seed in seeds:
        made = _planned(route, replace(ask, seed=seed), known)
        first.update(candidate.place.label for candidate in made.candidates[:1])
    return {label: round(100 * count / len(seeds)) for label, count in first.items()}
