"""A logarithmic scale of latencies: four steps to each doubling, so that a percentile is at most 19 % too high."""

import math
from collections.abc import Mapping

STEPS_PER_DOUBLING = 4


def step_of(microseconds: int) -> int:
    """The step whose upper bound is the smallest that is not below `microseconds`."""
    return 0 if microseconds <= 1 else math.ceil(math.log2(microseconds) * STEPS_PER_DOUBLING)


def upper_bound(step: int) -> float:
    """Microseconds."""
    return float(2 ** (step / STEPS_PER_DOUBLING))


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """The upper bound, in microseconds, of the step that holds the value at `share` (0 to 1); None without values."""
    left = math.ceil(sum(counts.values()) * share)
    for step in sorted(counts):
        left -= counts[step]
        if left <= 0:
            return upper_bound(step)
    return None
