"""How busy and how fast a deployment is."""

import math
from dataclasses import dataclass, field
from typing import Final

# Half an hour after the last call, hardly anything of what was measured is left: a slow one gets another chance.
DECAY_SECONDS: Final = 300.0


@dataclass(slots=True)
class Load:
    """Of one deployment.

    Attributes:
        running: calls of this process under way; `elsewhere`: those of the others, as last heard.
        seconds: peak EWMA of the time to the beginning of an answer, as of `measured_at` (Unix seconds).
        waiting: calls of this process that wait for a place.
    """

    running: int = 0
    elsewhere: int = 0
    seconds: float = 0.0
    measured_at: float = 0.0
    waiting: int = field(default=0)

    def measured(self, seconds: float, at: float) -> None:
        """Take in one measurement: up at once, down slowly (Finagle's peak EWMA)."""
        known = self.latency(at)
        weight = math.exp(-1 / 8)
        self.seconds = seconds if seconds > known else known * weight + seconds * (1 - weight)
        self.measured_at = at

    def latency(self, at: float) -> float:
        """Seconds, fading while nothing is measured."""
        if not self.seconds:
            return 0.0
        return self.seconds * math.exp(-max(0.0, at - self.measured_at) / DECAY_SECONDS)
