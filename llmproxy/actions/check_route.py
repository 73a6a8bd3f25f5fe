"""Whether a route, with its places as they would be, can serve at all: asked before it is saved."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError

from llmproxy.models import Route, RouteDeployment
from llmproxy.routing.place import CANARY, NORMAL
from llmproxy.routing.requirements import Requirements, requirements

NOBODY = "No deployment of this route is switched on. Add one, or switch the route off until there is one."
NO_NORMAL = "Canaries and shadows go beside a deployment that serves: add one with the role “Serves”."
TOO_MUCH = "The canaries together get {share:g} % of the calls. Give them at most 100."


def execute(route: Route, places: Sequence[RouteDeployment]) -> None:
    """`places` are all that the route will have. Raises ValidationError."""
    live = [place for place in places if place.is_live]
    if not route.enabled:
        return
    if not live:
        raise ValidationError(NOBODY)
    if not [place for place in live if place.role == NORMAL]:
        raise ValidationError(NO_NORMAL)
    share = sum(place.share for place in live if place.role == CANARY)
    if share > 100:
        raise ValidationError(TOO_MUCH.format(share=share))
    _check_requirements(live, requirements(route.requirements or {}))


def _check_requirements(live: Sequence[RouteDeployment], demanded: Requirements) -> None:
    unmet = [(place, _unmet(place, demanded)) for place in live if place.role == NORMAL]
    if all(why for _, why in unmet):
        said = "; ".join(f"{place.deployment}: {why}" for place, why in unmet)
        raise ValidationError({"requirements": f"No deployment of this route meets them. {said}."})


def _unmet(place: RouteDeployment, demanded: Requirements) -> str | None:
    provider, facts = place.deployment.provider, place.deployment.facts
    return demanded.unmet_by(
        provider.region, frozenset(provider.data_policy), frozenset(facts.capabilities if facts else ())
    )
