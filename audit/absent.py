"""Counts of what is not in the log: events that could not be kept, acts that were therefore refused, and calls that the
policy leaves out.

A gap is evidence as long as its size is on record.
"""

import threading
import time
from collections import Counter
from typing import Any


class Absent:
    """What is missing since it was last said. One per process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._dropped: dict[str, dict[str, Counter[str]]] = {}  # organisation: "events" or "refused": type: how many
        self._skipped: dict[tuple[str, str], int] = {}
        self._since = 0

    def __bool__(self) -> bool:
        return bool(self._dropped or self._skipped)

    @property
    def has_dropped(self) -> bool:
        """Whether an event could not be kept, its act refused or not."""
        return bool(self._dropped)

    def dropped(self, organisation: str, type_name: str, *, refused: bool = False) -> None:
        """An event could not be kept; what it is about happened all the same, or was `refused` for that."""
        with self._lock:
            self._since = self._since or time.time_ns() // 1000
            counts = self._dropped.setdefault(organisation, {"events": Counter(), "refused": Counter()})
            counts["refused" if refused else "events"][type_name] += 1

    def skipped(self, organisation: str, version: str) -> None:
        """A call that the policy `version` leaves out."""
        with self._lock:
            self._since = self._since or time.time_ns() // 1000
            self._skipped[organisation, version] = self._skipped.get((organisation, version), 0) + 1

    def taken(self) -> "list[tuple[str, str, dict[str, Any]]]":
        """(type, organisation, attrs) of the events that say it; from here on it counts anew."""
        with self._lock:
            dropped, skipped, since = self._dropped, self._skipped, self._since
            self._dropped, self._skipped, self._since = {}, {}, 0
        times = {"since": since, "until": time.time_ns() // 1000}
        found: list[tuple[str, str, dict[str, Any]]] = [
            (
                "audit.dropped",
                organisation,
                {**{name: dict(of) for name, of in counts.items()}, "count": counts["events"].total(), **times},
            )
            for organisation, counts in dropped.items()
        ]
        return found + [
            ("audit.policy.skipped", organisation, {"policy_version": version, "count": count, **times})
            for (organisation, version), count in skipped.items()
        ]

    def put_back(self, type_name: str, organisation: str, attrs: dict[str, Any]) -> None:
        """It could not be said now."""
        with self._lock:
            self._since = min(self._since or attrs["since"], attrs["since"])
            if type_name == "audit.dropped":
                counts = self._dropped.setdefault(organisation, {"events": Counter(), "refused": Counter()})
                for name, of in counts.items():
                    of.update(attrs[name])
            else:
                place = (organisation, str(attrs["policy_version"]))
                self._skipped[place] = self._skipped.get(place, 0) + int(attrs["count"])
