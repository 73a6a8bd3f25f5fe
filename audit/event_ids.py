"""Ids of events and moments: ids are UUIDv7, which begin with the time (RFC 9562 §5.7)."""

import datetime as dt
import uuid


def first_id(when: dt.datetime) -> uuid.UUID:
    """The smallest id that a record made at `when` can have."""
    return uuid.UUID(int=max(0, int(when.timestamp() * 1000)) << 80)


def moment_of(event_id: uuid.UUID) -> dt.datetime:
    """When a record with this id was made."""
    return dt.datetime.fromtimestamp((event_id.int >> 80) / 1000, dt.UTC)
