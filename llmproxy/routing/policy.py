"""How a route chooses, tries again and gives up."""

from dataclasses import dataclass
from typing import Final

from llmproxy.routing.place import NORMAL, Place
from llmproxy.routing.requirements import ANYTHING, Requirements

STRATEGIES: Final = {
    "priority": "Priority: in the order given, the next one when one fails",
    "weighted": "Weighted: by share",
    "least_busy": "Least busy: the fewest running calls for its weight",
    "fastest": "Fastest: lowest latency by peak EWMA",
    "cheapest": "Cheapest that fits: lowest estimated cost",
}
STICKY: Final = {
    "": "No",
    "principal": "All calls of a caller",
    "session": "Calls with the same x-gatehouse-session header",
    "end_user": "Calls for the same end user",
}
MOST_ATTEMPTS: Final = 10


@dataclass(frozen=True, slots=True)
class Fallback:
    """Where a call goes on when its own route has failed it.

    Attributes:
        on: a reason of `failure.REASONS`.
        statuses: of the provider, where `on` is `status`.
        route: the id of the route that is tried instead.
    """

    on: str
    route: str
    statuses: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything about a route that is not one of its places.

    Attributes:
        most_attempts: of one call, on this route and those that it falls back to.
        hedge_after: seconds without an answer after which the next deployment is asked as well; None: never.
    """

    strategy: str = "priority"
    requirements: Requirements = ANYTHING
    sticky: str = ""
    most_attempts: int = 3
    hedge_after: float | None = None
    fallbacks: tuple[Fallback, ...] = ()


def reads_body(policy: Policy, places: tuple[Place, ...]) -> bool:
    """Whether the choice depends on what is asked, so that the body has to be sized and looked through."""
    return policy.strategy == "cheapest" or any(
        place.conditions or place.context_window is not None or place.capabilities for place in places
    )


def is_simple(policy: Policy, places: tuple[Place, ...]) -> bool:
    """One place that takes every call: there is nothing to choose, so nothing of the call is looked at."""
    return (
        len(places) == 1
        and not policy.fallbacks
        and places[0].role == NORMAL
        and not places[0].conditions
        and policy.requirements is ANYTHING
    )
