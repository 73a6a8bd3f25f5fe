"""The form of a record, as JSON Schema (2020-12): of any, and of each type."""

from functools import cache
from typing import Any

from audit.catalogue import EVENT_TYPES, Intake, event_type
from audit.columns import NUMBERS, TEXTS
from audit.errors import UnknownEventType
from audit.schemas.attributes import FILLED, REQUIRED, attributes_of

VERSION = 1
DIALECT = "https://json-schema.org/draft/2020-12/schema"
LARGEST = 2**53 - 1
OUTCOMES = ("success", "failure", "denied", "error", "aborted")
ALWAYS = ("actor", "id", "outcome", "schema", "ts", "type")
IN_SPOOL = ("seq", "writer")


def record_schema() -> dict[str, Any]:
    """Of a record of any type, version 1."""
    text, number = {"type": "string"}, {"type": "integer", "minimum": -LARGEST, "maximum": LARGEST}
    about: dict[str, Any] = {"id": text, "name": text, "type": text}
    named = {"type": "object", "properties": about, "required": ["type"]}
    actor = {**named, "properties": {**about, "roles": {"type": "array", "items": text}}}
    return {
        "$schema": DIALECT,
        "title": "Gatehouse audit record, version 1",
        "type": "object",
        "required": list(ALWAYS),
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "ts": {**number, "description": "microseconds since 1970-01-01 UTC"},
            "schema": {"const": VERSION},
            "type": {"enum": sorted(EVENT_TYPES)},
            "outcome": {"enum": list(OUTCOMES)},
            "actor": {**actor, "description": "who did it, as it was called at the time"},
            "target": named,
            "writer": {"type": "string", "format": "uuid", "description": "one life of one process"},
            "seq": {**number, "description": "the writer's own number, without gaps"},
            "attrs": {"type": "object"},
            "truncated_from": {**number, "description": "the size in bytes before texts were cut"},
            **dict.fromkeys(sorted(TEXTS), text),
            **dict.fromkeys(sorted(NUMBERS), number),
        },
    }


def file_name(type_name: str, version: int = VERSION) -> str:
    """What the schema's file is called in a bundle."""
    return f"{type_name}.v{version}.json"


def known_schema(type_name: str, version: int) -> dict[str, Any] | None:
    """As `schema_of`; None where there is none."""
    try:
        return schema_of(type_name, version)
    except UnknownEventType:
        return None


@cache
def schema_of(type_name: str, version: int = VERSION) -> dict[str, Any]:
    """Of records of one type. Raises UnknownEventType: there is no such type, or no such version of it."""
    kind = event_type(type_name)
    if version != VERSION:
        raise UnknownEventType(f"{type_name!r} has no version {version}")
    schema = record_schema()
    required = [*ALWAYS, *FILLED.get(type_name, ())]
    attrs: dict[str, Any] = {"type": "object", "properties": attributes_of(type_name)}
    if named := REQUIRED.get(type_name):
        required.append("attrs")
        # A record that was too large says so instead of its attributes.
        attrs = {**attrs, "anyOf": [{"required": list(named)}, {"required": ["omitted"]}]}
    if kind.intake is Intake.SPOOL:
        schema["anyOf"] = [{"required": list(IN_SPOOL)}, {"properties": {"attrs": {"required": ["synthesized"]}}}]
    schema |= {"title": f"Gatehouse audit record {type_name}, version {version}", "required": sorted(required)}
    schema["properties"] |= {"type": {"const": type_name}, "attrs": attrs}
    return schema
