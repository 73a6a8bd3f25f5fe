"""How long to wait before the same deployment is asked again."""

import random
from typing import Final

FIRST_SECONDS: Final = 0.1
LONGEST_SECONDS: Final = 2.0


def seconds(retry: int, asked: float | None) -> float | None:
    """Full jitter (AWS architecture blog, "Exponential Backoff and Jitter"), or what the provider asked for.

    Args:
        retry: 1 for the first.
        asked: its `Retry-After`; where that is longer than a call should wait, the answer is None: do not.
    """
    if asked is not None:
        return None if asked > LONGEST_SECONDS else asked
    return random.uniform(0, min(LONGEST_SECONDS, FIRST_SECONDS * 2**retry))  # noqa: S311 (no secret)
