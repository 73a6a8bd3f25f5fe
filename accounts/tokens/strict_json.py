"""JSON objects as tokens may contain them: no duplicate names, no NaN, UTF-8 (SECURITY B6, J2, J4)."""

import json
from typing import Any

from accounts.tokens.errors import TokenRefused


def strict_object(raw: bytes, reason: str) -> dict[str, Any]:
    """The object in `raw`. Raises TokenRefused with `reason`."""
    try:
        parsed = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise TokenRefused(reason) from error
    if not isinstance(parsed, dict):
        raise TokenRefused(reason)
    return parsed


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name occurs twice")
    return members


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
