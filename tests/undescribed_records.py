"""Looks at every record that a test makes: does it follow the schema of its type, and say nothing that is not in it.

Readers let pass what a schema does not name, so that an older verifier can read a newer record; who records may not.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from audit import recorder
from audit.ingest import contents, ingestor, synthesized
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

    for maker in (recorder, synthesized, contents, ingestor):
        monkeypatch.setattr(maker, "encoded", looked_at)
    return found


def wrong(record: dict[str, Any]) -> list[str]:
    """What is wrong with one record."""
    kind = record["type"]
    schema = schema_of(kind)
    found = [*problems(schema, record), *unlisted(schema, record)]
    return [f"{kind}: {problem}: {HOW}" for problem in found]


def unlisted(schema: Mapping[str, Any], value: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Members that the schema does not name."""
    named = schema.get("properties", {})
    for name, member in value.items():
        if name not in named:
            yield f"{path}{name} is not named there"
        elif isinstance(member, dict) and "properties" in named[name]:
            yield from unlisted(named[name], member, f"{path}{name}.")
