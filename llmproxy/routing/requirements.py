"""What a route demands of every deployment that serves it: where it runs, what may be done with the data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from llmproxy.routing.conditions import values
from llmproxy.routing.fault import BadRule

KNOWN = ("regions", "data", "capabilities")


@dataclass(frozen=True, slots=True)
class Requirements:
    """`regions`: any of them; `data` and `capabilities`: all of them."""

    regions: frozenset[str] = frozenset()
    data: frozenset[str] = frozenset()
    capabilities: frozenset[str] = frozenset()

    def unmet_by(self, region: str, data: frozenset[str], capabilities: frozenset[str]) -> str | None:
        """Why a deployment like that may not serve; None where it may. What is unknown is not met."""
        if self.regions and not in_regions(region, self.regions):
            return f"it is in {region or 'an unknown region'}, not in {' or '.join(sorted(self.regions))}"
        if missing := sorted(self.data - data):
            return f"its data policy does not say {' and '.join(missing)}"
        if missing := sorted(self.capabilities - capabilities):
            return f"it is not known to have {' and '.join(missing)}"
        return None


ANYTHING = Requirements()


def in_regions(region: str, wanted: frozenset[str]) -> bool:
    """`eu` holds eu-west-1 as well."""
    return any(region == name or region.startswith(f"{name}-") for name in wanted)


def requirements(value: Any) -> Requirements:
    """From the JSON object on a route's row. Raises BadRule."""
    if not isinstance(value, Mapping):
        raise BadRule(f"An object with any of {', '.join(KNOWN)}.")
    if unknown := sorted(set(value) - set(KNOWN)):
        raise BadRule(f"{unknown[0]!r} is no requirement. Known are {', '.join(KNOWN)}.")
    if not value:
        return ANYTHING
    return Requirements(**{name: values(name, given) for name, given in value.items()})
