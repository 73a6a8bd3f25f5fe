"""The policies in memory: asked for each call without a query, replaced whole when they change."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from audit.tree.policy_rules import Decision, Version, decided, in_force

MOST_KNOWN = 10_000
RELOADING = frozenset({"audit_policy", "reload"})


class Changed(Protocol):
    """A change that the process heard of."""

    @property
    def kind(self) -> str: ...


@dataclass(slots=True)
class _State:
    """What holds until `until` (Unix seconds), when a version that was approved comes into force."""

    current: Mapping[str, Version] = field(default_factory=dict)
    until: float = float("inf")
    known: dict[tuple[str, str, str, str], Decision] = field(default_factory=dict)


class PolicyKeeper:
    """One per process. Before the first load: facts only, and what cannot be recorded does not happen."""

    def __init__(self) -> None:
        self._versions: Mapping[str, Sequence[Version]] = {}
        self._state = _State()

    def decide(self, organisation: str, team: str, key: str, route: str) -> Decision:
        """What holds for such a call now."""
        state = self._state
        if time.time() >= state.until:
            state = self._turned()
        call = (organisation, team, key, route)
        known = state.known.get(call)
        if known is None:
            known = decided(state.current.get(organisation), state.current.get(""), call)
            if len(state.known) < MOST_KNOWN:
                state.known[call] = known
        return known

    def fails_open(self, event_class: str, organisation: str) -> bool:
        """Whether an event of the class may be missing from the log when it cannot be kept."""
        state = self._state if time.time() < self._state.until else self._turned()
        found = (state.current.get(organisation), state.current.get(""))
        return any(version is not None and event_class in version.fail_open for version in found)

    def load(self, versions: Mapping[str, Sequence[Version]]) -> None:
        """Take in all approved versions, by organisation, in the order in which they come into force."""
        self._versions = versions
        self._turned()

    def _turned(self) -> _State:
        now = time.time()
        found = {name: in_force(versions, now) for name, versions in self._versions.items()}
        coming = [one.valid_from for versions in self._versions.values() for one in versions if one.valid_from > now]
        current = {name: version for name, version in found.items() if version is not None}
        self._state = _State(current, min(coming, default=float("inf")))
        return self._state
