"""An access token and how long it may be used."""

import base64
import json
import time
from dataclasses import asdict, dataclass
from typing import Any, Self

# Renewed when a fifth of its life is left, and never less than this before its end: for what is on its way.
SHORTEST_MARGIN = 15.0
LONGEST_MARGIN = 120.0
MOST_OF_LIFE = 0.9


@dataclass(frozen=True)
class Token:
    """What the token endpoint gave.

    Attributes:
        kind: `Bearer`, or `DPoP` for one that is bound to a key.
        fetched, expires: Unix seconds, by this machine's clock.
    """

    value: str
    kind: str
    scope: str
    fetched: float
    expires: float

    @classmethod
    def of_answer(cls, answer: dict[str, Any]) -> Self:
        """From a token endpoint's JSON. Raises KeyError, ValueError, TypeError where it is none."""
        at = time.time()
        kind = "DPoP" if str(answer.get("token_type", "Bearer")).lower() == "dpop" else "Bearer"
        value = str(answer["access_token"])
        return cls(value, kind, str(answer.get("scope", "")), at, at + float(answer["expires_in"]))

    @classmethod
    def of_stored(cls, stored: dict[str, Any]) -> Self:
        """The counterpart of `stored`. Raises KeyError, ValueError, TypeError where it is none."""
        times = (float(stored["fetched"]), float(stored["expires"]))
        return cls(str(stored["value"]), str(stored["kind"]), str(stored["scope"]), *times)

    def stored(self) -> dict[str, Any]:
        """For a file."""
        return asdict(self)

    def is_fresh(self, valid_for: float = 0.0) -> bool:
        """Whether it needs no renewal yet.

        Args:
            valid_for: seconds that it must hold at least; no more than a fresh one does.
        """
        life = self.expires - self.fetched
        margin = min(max(life / 5, SHORTEST_MARGIN), LONGEST_MARGIN)
        return self.seconds_left() > max(margin, min(valid_for, life * MOST_OF_LIFE))

    def seconds_left(self) -> float:
        """Until it expires; negative afterwards."""
        return self.expires - time.time()

    def claims(self) -> dict[str, Any]:
        """What it says, unverified: for showing. {} where it cannot be read."""
        try:
            part = self.value.split(".")[1]
            found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except (IndexError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
