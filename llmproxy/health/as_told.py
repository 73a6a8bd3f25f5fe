"""How the deployments of a route fare, by what the processes told: for explanations outside of them."""

import time
from collections.abc import Sequence

from llmproxy.catalog import Deployment
from llmproxy.health.reading import Overview
from llmproxy.routing.place import Place


class AsTold:
    """Of one route (routing.standing.Standing)."""

    def __init__(self, known: Overview, deployments: Sequence[Deployment]) -> None:
        self._known = known
        self._deployments = deployments

    def barred(self, place: Place, at: float) -> str | None:
        """Open circuits and resting keys; whether a process has a free place only that process knows."""
        own = self._open(place.deployment)
        if own is not None:
            return f"its circuit is open: {own}"
        keys = self._deployments[place.position].credentials.all
        whys = [self._open(f"{place.deployment}/{key.id}") for key in keys] or [self._open(f"{place.deployment}/-")]
        return f"all its keys rest: {whys[0]}" if all(whys) else None

    def running(self, place: Place) -> int:
        """In all processes."""
        return self._known.running(place.deployment)

    def latency(self, place: Place, at: float) -> float:
        """The highest that a process measures."""
        return self._known.seconds(place.deployment) or 0.0

    def _open(self, key: str) -> str | None:
        told = self._known.circuits.get(key)
        left = told.until - time.time() if told else 0.0
        return f"{told.reason}; tried again in {left:.0f} s" if told and left > 0 else None
