"""A period of time that figures are about, and the one of equal length before it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Self

from audit.models.rollup import DAY, HOUR, MINUTE

LONGEST_DAYS = 400
DEFAULT = "7d"


class Preset(NamedTuple):
    """A choice of the page."""

    key: str
    title: str
    length: timedelta
    width: int


PRESETS = {
    preset.key: preset
    for preset in (
        Preset("1h", "Last hour", timedelta(hours=1), MINUTE),
        Preset("24h", "24 hours", timedelta(hours=24), HOUR),
        Preset("7d", "7 days", timedelta(days=7), HOUR * 6),
        Preset("30d", "30 days", timedelta(days=30), DAY),
        Preset("90d", "90 days", timedelta(days=90), DAY),
    )
}


class BadPeriod(ValueError):
    """What was asked for is no period; the text is for the person who asked."""


class Period(NamedTuple):
    """From `since` (included) to `until` (excluded), both aware and UTC, drawn with bars of `bar` seconds."""

    key: str
    title: str
    since: datetime
    until: datetime
    bar: int

    @classmethod
    def asked_for(cls, query: Mapping[str, str], now: datetime) -> Self:
        """From `range`, or from `from` and `to` as ISO dates, both included. Raises BadPeriod."""
        if query.get("from") or query.get("to"):
            return cls._between(query.get("from", ""), query.get("to", ""), now)
        preset = PRESETS.get(query.get("range") or DEFAULT)
        if preset is None:
            raise BadPeriod(f"Choose one of {', '.join(PRESETS)}, or two dates.")
        until = _ceiling(now, preset.width)
        return cls(preset.key, preset.title, until - preset.length, until, preset.width)

    @classmethod
    def _between(cls, first: str, last: str, now: datetime) -> Self:
        try:
            begin = date.fromisoformat(first)
            end = date.fromisoformat(last) if last else now.date()
        except ValueError as error:
            raise BadPeriod("Write the dates as 2026-01-31.") from error
        if not timedelta(0) <= end - begin < timedelta(days=LONGEST_DAYS):
            raise BadPeriod(f"The second date must follow the first, within {LONGEST_DAYS} days.")
        since, until = (datetime.combine(day, time(), UTC) for day in (begin, end + timedelta(days=1)))
        bar = HOUR if until - since <= timedelta(days=3) else DAY
        return cls("custom", f"{begin} to {end}", since, until, bar)

    @property
    def width(self) -> int:
        """The coarsest roll-up that still falls into one bar, in seconds."""
        return max(width for width in (MINUTE, HOUR, DAY) if self.bar % width == 0)

    @property
    def before(self) -> "Period":
        """The period of the same length that ends where this one begins."""
        return self._replace(since=self.since - (self.until - self.since), until=self.since)

    def starts(self) -> list[datetime]:
        """The beginning of each bar, oldest first."""
        first, last = int(self.since.timestamp()), int(self.until.timestamp())
        return [datetime.fromtimestamp(second, UTC) for second in range(first, last, self.bar)]

    def bar_of(self, moment: datetime) -> int:
        """Which bar `moment` falls into, from 0."""
        return int((moment - self.since).total_seconds()) // self.bar


def _ceiling(moment: datetime, width: int) -> datetime:
    second = int(moment.timestamp())
    return datetime.fromtimestamp(second - second % width + width, UTC)
