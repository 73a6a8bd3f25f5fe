"""Times of day and days of the week during which a place takes calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from llmproxy.routing.fault import BadRule

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Times:
    """Minutes of the day from `start` up to `end`, past midnight where `end` is the smaller one; days by number."""

    days: frozenset[int] = frozenset(range(7))
    start: int = 0
    end: int = WHOLE_DAY
    zone: ZoneInfo = ZoneInfo("UTC")

    def hold(self, at: float) -> bool:
        """Whether `at` (Unix seconds) is within. After midnight the day on which it began counts."""
        local = datetime.fromtimestamp(at, self.zone)
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        return (day in self.days and minute >= self.start) or ((day - 1) % 7 in self.days and minute < self.end)

    def __str__(self) -> str:
        days = "every day" if len(self.days) == 7 else " ".join(DAYS[day] for day in sorted(self.days))
        return f"{days} {self.start // 60:02}:{self.start % 60:02}-{self.end // 60:02}:{self.end % 60:02} {self.zone}"


def times(value: Any) -> Times:
    """From `{"days": ["mon"], "from": "08:00", "to": "18:00", "zone": "Europe/Berlin"}`. Raises BadRule."""
    if not isinstance(value, Mapping) or not value or set(value) - {"days", "from", "to", "zone"}:
        raise BadRule("times: an object with days, from, to, zone.")
    start, end = _minute(value.get("from", "00:00")), _minute(value.get("to", "24:00"))
    if start == end:
        raise BadRule("times: from and to are the same, so no call is ever within.")
    return Times(_days(value.get("days", list(DAYS))), start, end, _zone(value.get("zone", "UTC")))


def _minute(text: Any) -> int:
    hours, colon, minutes = text.partition(":") if isinstance(text, str) else ("", "", "")
    if not (colon and len(hours) == len(minutes) == 2 and (hours + minutes).isascii() and (hours + minutes).isdigit()):
        raise BadRule('times: from and to are such as "08:00".')
    minute = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or minute > WHOLE_DAY:
        raise BadRule(f"times: there is no {text} in a day.")
    return minute


def _days(value: Any) -> frozenset[int]:
    if not isinstance(value, list) or not value or not all(day in DAYS for day in value):
        raise BadRule(f"times: days is a list of {', '.join(DAYS)}.")
    return frozenset(DAYS.index(day) for day in value)


def _zone(name: Any) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (TypeError, ValueError, KeyError, OSError) as error:
        raise BadRule("times: zone is a name such as Europe/Berlin.") from error
