"""A writer's clock that jumped: the order of records is kept by their numbers, and the jump is said (AUDIT T10)."""

from collections.abc import Sequence
from typing import Any

from audit.ingest.store import Leaf

SLACK_US = 300 * 1_000_000


def skewed(leaves: Sequence[Leaf], now_us: int) -> dict[str, Any] | None:
    """What to say of records, in their order, that lie in the future or go back in time; None where none does."""
    times = [record["ts"] for record, _ in leaves]
    if not times:
        return None
    ahead = max(times) - now_us
    back = max((before - after for before, after in zip(times, times[1:], strict=False)), default=0)
    if max(ahead, back) <= SLACK_US:
        return None
    late = sum(1 for moment in times if moment - now_us > SLACK_US)
    worst = ahead if ahead >= back else -back
    return {"seconds": int(worst / 1e6), "records": late, "first": str(leaves[0][0]["id"])}
