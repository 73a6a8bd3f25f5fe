"""Windows of time: sliding ones for limits, calendar and rolling ones for budgets. All in UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple


class Sliding(NamedTuple):
    """A sliding window of `buckets` of `seconds` each.

    What is leased is counted in the bucket after the running one and may be used until that one ends. So whenever it is
    used, it is counted for at least a whole window from then on: no window of this length, wherever it begins, holds
    more than the limit. The price is that a unit may count for up to two buckets longer than it should.
    """

    seconds: int
    buckets: int


SLIDING: Final[Mapping[str, Sliding]] = {
    "minute": Sliding(1, 60),
    "hour": Sliding(60, 60),
    "day": Sliding(900, 96),
}


class Period(NamedTuple):
    """Where a budget stands in time, in Unix seconds.

    Attributes:
        bucket: what is spent now is counted here.
        oldest: the first bucket that still counts.
        bucket_ends: when the next bucket begins; None: never.
        resets: when something is free again; None: never.
    """

    bucket: int
    oldest: int
    bucket_ends: int | None
    resets: int | None


HOUR, DAY = 3600, 86400
ROLLING: Final[Mapping[str, tuple[int, int]]] = {
    "rolling_day": (HOUR, 24),
    "rolling_week": (DAY, 7),
    "rolling_month": (DAY, 30),
}
CALENDAR: Final = ("day", "week", "month")
LIFETIME: Final = "lifetime"


def period_of(window: str, now: float) -> Period:
    """The period of a budget's window at `now`. Raises KeyError for a window that there is not."""
    if window == LIFETIME:
        return Period(0, 0, None, None)
    if window in CALENDAR:
        start, end = _calendar(window, datetime.fromtimestamp(now, UTC))
        return Period(int(start.timestamp()), int(start.timestamp()), int(end.timestamp()), int(end.timestamp()))
    seconds, count = ROLLING[window]
    bucket = int(now) // seconds * seconds
    return Period(bucket, bucket - count * seconds, bucket + seconds, bucket + seconds)


def _calendar(window: str, now: datetime) -> tuple[datetime, datetime]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if window == "day":
        return midnight, midnight + timedelta(days=1)
    if window == "week":  # weeks begin on Monday (ISO 8601)
        start = midnight - timedelta(days=midnight.weekday())
        return start, start + timedelta(days=7)
    start = midnight.replace(day=1)
    return start, (start + timedelta(days=32)).replace(day=1)
