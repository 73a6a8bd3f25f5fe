"""The plan of one call: which deployments are tried, in which order, and why the others are not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from llmproxy.routing.ask import Ask
from llmproxy.routing.chance import drawn, salt_of
from llmproxy.routing.conditions import NONE
from llmproxy.routing.place import NORMAL, SHADOW, Place
from llmproxy.routing.policy import Policy
from llmproxy.routing.requirements import ANYTHING, in_regions
from llmproxy.routing.standing import Standing
from llmproxy.routing.strategy import SCORES, by_chance

# Another number for each draw of one seed, so that a shadow's share says nothing about the order.
FOR_SHARE = 0x5DEECE66D


class Candidate(NamedTuple):
    """A place that may serve. The lowest score of a priority goes first; `why` says what the score is."""

    place: Place
    score: float
    why: str


class Excluded(NamedTuple):
    """A place that does not serve this call, and why."""

    place: Place
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided before anything was sent.

    Attributes:
        candidates: in the order in which they are tried.
        barred: those with an open circuit, in the same order: tried once where nothing else is left.
        shadows: get a copy.
    """

    candidates: tuple[Candidate, ...]
    barred: tuple[Candidate, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    shadows: tuple[Place, ...] = ()
    seed: int = 0
    sticky: bool = False


def plan(
    policy: Policy, places: Sequence[Place], ask: Ask, standing: Standing, refused: Mapping[int, str] | None = None
) -> Plan:
    """Order `places` for `ask`. The same arguments give the same plan.

    Args:
        refused: places that cannot serve for a reason that is not planning's, by position.
    """
    seed = salt_of(ask.sticky) if ask.sticky else ask.seed
    fitting, excluded, shadows = _sorted_out(policy, places, ask, seed, refused or {})
    score = by_chance if ask.sticky and policy.strategy != "priority" else SCORES[policy.strategy]
    ranked = sorted(
        (Candidate(place, *score(place, ask, seed, standing)) for place in fitting),
        key=lambda it: (it.place.role == NORMAL, it.place.priority, it.score, it.place.position),
    )
    candidates, barred = [], []
    for candidate in ranked:
        if (why := standing.barred(candidate.place, ask.at)) is None:
            candidates.append(candidate)
        else:
            barred.append(candidate)
            excluded.append(Excluded(candidate.place, why))
    return Plan(tuple(candidates), tuple(barred), tuple(excluded), tuple(shadows), ask.seed, bool(ask.sticky))


def _sorted_out(
    policy: Policy, places: Sequence[Place], ask: Ask, seed: int, refused: Mapping[int, str]
) -> tuple[list[Place], list[Excluded], list[Place]]:
    fitting: list[Place] = []
    excluded: list[Excluded] = []
    shadows: list[Place] = []
    for place in places:
        why = refused.get(place.position) or unfit(policy, place, ask)
        if why is None and place.role != NORMAL and not _drawn_for(place, seed):
            why = f"{place.role}: it gets {place.share:g} % of the calls, and this is none of them"
        if why is not None:
            excluded.append(Excluded(place, why))
        elif place.role == SHADOW:
            shadows.append(place)
        else:
            fitting.append(place)
    return fitting, excluded, shadows


def unfit(policy: Policy, place: Place, ask: Ask) -> str | None:
    """Why `place` cannot serve `ask`, whoever else could; None where it can."""
    why = None if place.conditions is NONE else place.conditions.missed(ask)
    if why is None and policy.requirements is not ANYTHING:
        why = policy.requirements.unmet_by(place.region, place.data, place.capabilities)
    if why is None and (ask.prompt_tokens or ask.needs):
        why = _too_small(place, ask)
    return _not_demanded(place, ask) if why is None and (ask.regions or ask.data) else why


def _too_small(place: Place, ask: Ask) -> str | None:
    if place.context_window is not None and ask.prompt_tokens > place.context_window:
        return f"its context window holds {place.context_window} tokens, the prompt has about {ask.prompt_tokens}"
    if place.capabilities and (missing := sorted(ask.needs - place.capabilities)):
        return f"it is not known to have {' and '.join(missing)}"
    return None


def _not_demanded(place: Place, ask: Ask) -> str | None:
    if ask.regions and not in_regions(place.region, ask.regions):
        return f"the caller demands {' or '.join(sorted(ask.regions))}, it is in {place.region or 'an unknown region'}"
    if missing := sorted(ask.data - place.data):
        return f"the caller demands {' and '.join(missing)}, which its data policy does not say"
    return None


def _drawn_for(place: Place, seed: int) -> bool:
    return drawn(seed, place.salt ^ FOR_SHARE) * 100 <= place.share


def only(place: Place) -> Plan:
    """The plan of a route with one place that takes every call."""
    return Plan((Candidate(place, 0.0, "the only one"),))
