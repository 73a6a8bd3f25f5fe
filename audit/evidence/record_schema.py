"""The form of a record, as JSON Schema."""

from typing import Any

from audit.catalogue import EVENT_TYPES
from audit.columns import NUMBERS, TEXTS

LARGEST = 2**53 - 1


def record_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a record of schema version 1."""
    text, number = {"type": "string"}, {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST}
    named = {"type": "object", "properties": {"id": text, "name": text, "type": text}, "required": ["type"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Gatehouse audit record, version 1",
        "type": "object",
        "required": ["actor", "id", "outcome", "schema", "ts", "type"],
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "ts": {**number, "description": "microseconds since 1970-01-01 UTC"},
            "schema": {"const": 1},
            "type": {"enum": sorted(EVENT_TYPES)},
            "outcome": {"enum": ["success", "failure", "denied", "error", "aborted"]},
            "actor": {**named, "description": "who did it, as it was called at the time"},
            "target": named,
            "writer": {"type": "string", "format": "uuid", "description": "one life of one process"},
            "seq": {**number, "description": "the writer's own number, without gaps"},
            "attrs": {"type": "object"},
            "truncated_from": {**number, "description": "the size in bytes before texts were cut"},
            **dict.fromkeys(sorted(TEXTS), text),
            **dict.fromkeys(sorted(NUMBERS), number),
        },
    }
