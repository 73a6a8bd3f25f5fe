"""What a stored record says in its `attrs`, for checks that must not stumble over a record that somebody altered."""

from typing import Any

import orjson


def attrs_of(raw: bytes) -> dict[str, Any]:
    """Nothing where the bytes are no record: that they were altered, the leaf's hash tells."""
    attrs = members_of(raw).get("attrs")
    return attrs if isinstance(attrs, dict) else {}


def members_of(raw: bytes) -> dict[str, Any]:
    """All of it; nothing where the bytes are no record."""
    try:
        record = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return {}
    return record if isinstance(record, dict) else {}
