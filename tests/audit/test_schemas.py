"""C1: a closed catalogue with a versioned JSON Schema for each type, which records follow and bundles carry."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from audit.catalogue import EVENT_TYPES, Intake
from audit.errors import UnknownEventType
from audit.schemas.attributes import ATTRIBUTES, FILLED, REQUIRED
from audit.schemas.record import known_schema, record_schema, schema_of
from audit.tree.bundle_records import TYPE_NAME
from audit.tree.schema_check import SchemaCheck, problems
from tests.undescribed_records import unlisted

SOUND: dict[str, Any] = {
    "id": "01938c5e-0000-7000-8000-000000000001", "schema": 1, "ts": 1_764_000_000_000_000, "outcome": "success",
    "type": "proxy.request.started", "actor": {"type": "user", "id": "usr:1", "name": "Ada"},
    "writer": "01938c5e-0000-4000-8000-000000000002", "seq": 1, "request_id": "r1", "http_method": "POST",
    "http_path": "/v1/chat/completions", "attrs": {"endpoint": "chat", "stream": False, "wire": "openai"},
}  # fmt: skip


def changed(**members: Any) -> dict[str, Any]:
    record = copy.deepcopy(SOUND) | members
    return {name: value for name, value in record.items() if value is not ...}


WRONG = {
    "no id": changed(id=...),
    "a number for a text": changed(request_id=7),
    "a text for a number": changed(ts="yesterday"),
    "a flag for a number": changed(seq=True),
    "an outcome that is none": changed(outcome="perhaps"),
    "another version": changed(schema=2),
    "no actor's type": changed(actor={"id": "usr:1"}),
    "an actor that is a list": changed(actor=[]),
    "a column that the type always fills": changed(request_id=...),
    "an attribute of another type": changed(attrs={**SOUND["attrs"], "stream": "yes"}),
    "an attribute too few": changed(attrs={"endpoint": "chat"}),
    "a list of numbers": changed(attrs={**SOUND["attrs"], "dropped": [1]}),
    "too large an integer": changed(ts=2**53),
    "no writer": changed(writer=...),
}
# What check_records and the reading of versions look at before; and numbers, which are not looked at a second time.
FOR_OTHERS = {"no id", "no actor's type", "an actor that is a list", "another version", "too large an integer"}


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_every_type_has_a_valid_schema(name: str) -> None:
    schema = schema_of(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["type"] == {"const": name}
    assert TYPE_NAME.fullmatch(name)


def test_nothing_is_described_that_is_not_in_the_catalogue() -> None:
    known = {".".join(name.split(".")[:n]) for name in EVENT_TYPES for n in range(1, 5)}
    assert not (ATTRIBUTES.keys() | REQUIRED.keys() | FILLED.keys()) - known


def test_there_is_no_schema_of_what_is_unknown() -> None:
    assert known_schema("proxy.request.started", 2) is None
    with pytest.raises(UnknownEventType):
        schema_of("proxy.request.imagined")


def test_a_sound_record_is_found_sound_by_both() -> None:
    assert not list(problems(schema_of(SOUND["type"]), SOUND))
    jsonschema.validate(SOUND, schema_of(SOUND["type"]))
    jsonschema.validate(SOUND, record_schema())


@pytest.mark.parametrize("record", WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_found_by_ours_as_by_the_reference(record: dict[str, Any]) -> None:
    schema = schema_of(SOUND["type"])
    assert list(problems(schema, record))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(record, schema)


def test_who_records_says_nothing_that_is_not_described_and_readers_let_it_pass() -> None:
    schema = schema_of(SOUND["type"])
    more = changed(attrs={**SOUND["attrs"], "news": 1}, surprise=2, actor={**SOUND["actor"], "mood": "fine"})
    assert not list(problems(schema, more))
    jsonschema.validate(more, schema)
    assert not list(unlisted(schema, SOUND))
    said = sorted(unlisted(schema, more))
    assert said == [f"{name} is not named there" for name in ("actor.mood", "attrs.news", "surprise")]


def test_remembered_shapes_hide_no_mistake() -> None:
    check = SchemaCheck(known_schema)
    assert check.problem(SOUND) is None
    for name, record in WRONG.items():
        if name not in (
            "no id",
            "no actor's type",
            "an actor that is a list",
            "another version",
            "too large an integer",
        ):
            assert check.problem(record) is not None, name
    assert check.problem(SOUND) is None
    assert check.problem(changed(schema=2), 5) is None
    assert check.unknown == {("proxy.request.started", "2"): 5}


def test_what_the_recorder_of_each_intake_writes_is_told_apart() -> None:
    spooled = [name for name, kind in EVENT_TYPES.items() if kind.intake is Intake.SPOOL]
    assert all("anyOf" in schema_of(name) for name in spooled)
    assert "anyOf" not in schema_of("export.requested")


def test_schemas_are_json(tmp_path: Path) -> None:
    for name in EVENT_TYPES:
        json.dumps(schema_of(name))
