"""What the rules of a route look at in one call."""

from collections.abc import Mapping
from dataclasses import dataclass, field

NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Ask:
    """One call, as far as choosing a deployment needs it.

    Attributes:
        prompt_tokens: an estimate; `most_output`: what the caller set as its most, None where it set none.
        needs: capabilities that the body makes use of, such as `vision`.
        regions, data: what the caller demands of whoever serves it; empty: nothing.
        at: Unix seconds.
        seed: 64 bits that stand for chance: the same seed gives the same plan.
        sticky: what keeps calls together; "" where nothing does.
    """

    organisation: str = ""
    team: str | None = None
    prompt_tokens: int = 0
    most_output: int | None = None
    needs: frozenset[str] = frozenset()
    metadata: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    headers: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    regions: frozenset[str] = frozenset()
    data: frozenset[str] = frozenset()
    at: float = 0.0
    seed: int = 0
    sticky: str = ""
