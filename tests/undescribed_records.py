"""Looks at every record that a test makes: does it follow the schema of its type."""

from collections.abc import Mapping
from typing import Any

import pytest

from audit import recorder
from audit.record_bytes import encoded
from audit.schemas.record import schema_of
from audit.tree.schema_check import problems

LEFT_OUT = (" is missing", " has neither ")
HOW = "see audit/schemas/attributes.py"


def watch_records(monkeypatch: pytest.MonkeyPatch, *, whole: bool) -> list[str]:
    """From here on records are looked at; what is wrong with them.

    Args:
        whole: they come from the gateway itself. Elsewhere a test may make its own records of calls, as short or as
            odd as it likes, and leave things out of others.
    """
    found: list[str] = []

    def looked_at(record: Mapping[str, Any]) -> bytes:
        raw = encoded(record)
        if whole or not record["type"].startswith("proxy."):
            found.extend(one for one in wrong(dict(record)) if whole or not any(part in one for part in LEFT_OUT))
        return raw

    monkeypatch.setattr(recorder, "encoded", looked_at)
    return found


def wrong(record: dict[str, Any]) -> list[str]:
    """What is wrong with one record."""
    kind = record["type"]
    return [f"{kind}: {problem}: {HOW}" for problem in problems(schema_of(kind), record)]
