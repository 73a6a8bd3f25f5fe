"""A circuit breaker: after several failures in a row, nothing is sent for a while; then one call tries."""

from dataclasses import dataclass
from typing import Final

LONGEST_SECONDS: Final = 300.0
# A trial that tells nothing for so long is forgotten, and another call may try.
TRIAL_SECONDS: Final = 60.0
CLOSED, OPEN, TRYING = "closed", "open", "trying"


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failures in a row open a circuit (0: it never opens), and for how many seconds at first."""

    failures: int = 5
    seconds: float = 15.0


@dataclass(slots=True)
class Circuit:
    """Of one deployment or one key. Times are Unix seconds, so that processes can share them.

    Attributes:
        failures: in a row.
        until: when an open circuit lets a trial through; 0 while it is closed.
        openings: in a row, each twice as long as the one before.
        reason: of the last opening.
        tried_at: when the running trial began; 0 where there is none.
        changed_at: when it last opened or closed, here or in another process.
    """

    failures: int = 0
    until: float = 0.0
    openings: int = 0
    reason: str = ""
    tried_at: float = 0.0
    changed_at: float = 0.0

    def state(self, at: float) -> str:
        """closed, open, or trying: the next call is a trial."""
        if not self.until:
            return CLOSED
        return OPEN if at < self.until else TRYING

    def lets_through(self, at: float) -> bool:
        """Whether a call may be sent. In `trying` one at a time; `begun` says that it was."""
        if not self.until:
            return True
        return at >= self.until and at - self.tried_at > TRIAL_SECONDS

    def begun(self, at: float) -> None:
        """A call is sent: in `trying` it is the trial."""
        if self.until:
            self.tried_at = at

    def withdrawn(self) -> None:
        """The trial ended without telling anything: another may try."""
        self.tried_at = 0.0

    def succeeded(self, at: float) -> bool:
        """Whether that closed it."""
        self.failures, self.tried_at = 0, 0.0
        if not self.until:
            return False
        self.until, self.openings, self.reason, self.changed_at = 0.0, 0, "", at
        return True

    def failed(self, at: float, reason: str, limits: Limits) -> bool:
        """Whether that opened it (anew)."""
        self.failures += 1
        trial, self.tried_at = bool(self.until) and at >= self.until, 0.0
        if not limits.failures or (not trial and self.failures < limits.failures):
            return False
        if self.until > at:  # a call that had begun before it opened
            return False
        self.open(at, min(limits.seconds * 2**self.openings, LONGEST_SECONDS), reason)
        return True

    def open(self, at: float, seconds: float, reason: str) -> None:
        """Send nothing for so long."""
        self.until, self.reason, self.changed_at = at + seconds, reason, at
        self.openings = min(self.openings + 1, 10)

    def rest(self, at: float, seconds: float, reason: str) -> bool:
        """Send nothing until a limit that the other side named has passed. Whether that made it longer."""
        until = at + min(max(seconds, 0.0), LONGEST_SECONDS)
        if until <= self.until:
            return False
        self.until, self.reason, self.changed_at = until, reason, at
        return True
