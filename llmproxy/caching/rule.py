"""What an organisation's rule says, in plain frozen form."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CacheRule:
    """One rule.

    Attributes:
        id: of the row; `generation` grows when it is emptied. Both are part of every entry's name.
        shared_within: who gets whose answers: `organisation`, `team` or `principal`.
        ttl_seconds: how long an answer is given again.
        largest_bytes: longer answers are not kept; `total_bytes`: all of the organisation's together, as stored.
    """

    id: str
    generation: int
    shared_within: str
    ttl_seconds: int
    largest_bytes: int
    total_bytes: int
