"""A deployment's place in a route, as far as planning needs it."""

from dataclasses import dataclass

from llmproxy.pricing import Price
from llmproxy.routing.conditions import NONE, Conditions

NORMAL, CANARY, SHADOW = "normal", "canary", "shadow"
ROLES = {
    NORMAL: "Serves",
    CANARY: "Canary: serves a share of the calls",
    SHADOW: "Shadow: gets a copy, its answer is dropped",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One of a route's deployments.

    Attributes:
        label: `provider/model`, as records and response headers name it.
        position: its index in the route.
        share: percent of the calls, for canaries and shadows.
        capabilities: empty where nothing is known.
        context_window: tokens; None where it is unknown.
        salt: its own 64 bits (routing.chance).
    """

    deployment: str
    label: str
    position: int = 0
    priority: int = 0
    weight: int = 1
    role: str = NORMAL
    share: float = 100.0
    conditions: Conditions = NONE
    region: str = ""
    data: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()
    context_window: int | None = None
    max_output: int | None = None
    price: Price | None = None
    salt: int = 0
