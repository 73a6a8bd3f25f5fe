"""Ids of events and moments: ids are UUIDv7, which begin with the time (RFC 9562 §5.7)."""

import datetime as dt
import uuid

LAST_MS = 253_402_300_799_000  # of the year 9999


def first_id(when: dt.datetime) -> uuid.UUID:
    """The smallest id that a record made at `when` can have."""
    return uuid.UUID(int=max(0, int(when.timestamp() * 1000)) << 80)


def moment_of(event_id: uuid.UUID) -> dt.datetime:
    """When a record with this id was made; the last moment of all for an id that was made up beyond it."""
    return dt.datetime.fromtimestamp(min(event_id.int >> 80, LAST_MS) / 1000, dt.UTC)
