from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from llmproxy.simulator.dice import Dice
from llmproxy.simulator.schema import Unsatisfiable, sample

FORMAT = {"type": "string"}
small = st.integers(0, 5)
scalars = st.one_of(
    st.builds(lambda low, span: {"type": "integer", "minimum": low, "maximum": low + span}, small, small),
    st.builds(lambda low, span: {"type": "number", "exclusiveMinimum": low, "maximum": low + span + 0.5}, small, small),
    st.builds(lambda least, more: {"type": "string", "minLength": least, "maxLength": least + more}, small, small),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"const": 3}, {"enum": ["a", 1, None]}]),
    st.sampled_from(["date", "uuid", "email", "date-time", "uri", "ipv4"]).map(
        lambda f: {"type": "string", "format": f}
    ),
)


def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    properties = st.dictionaries(st.sampled_from("abcd"), inner, max_size=3)
    return st.one_of(
        properties.map(
            lambda p: {"type": "object", "properties": p, "required": sorted(p), "additionalProperties": False}
        ),
        st.builds(lambda each, least: {"type": "array", "items": each, "minItems": least}, inner, small),
        st.lists(inner, min_size=1, max_size=3).map(lambda each: {"anyOf": each}),
        inner.map(lambda each: {"allOf": [each, {"title": "x"}]}),
        inner.map(lambda each: {"oneOf": [each]}),
    )


@given(schema=st.recursive(scalars, larger, max_leaves=8), seed=st.binary(max_size=4))
def test_a_sample_is_valid_and_always_the_same(schema: Any, seed: bytes) -> None:
    value = sample(schema, Dice(seed))
    Draft202012Validator(schema).validate(value)
    assert value == sample(schema, Dice(seed))


NODE = {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}, "required": ["next"]}


@pytest.mark.parametrize(
    "schema",
    [NODE,
     {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 4}, "uniqueItems": True, "minItems": 4},
     {"oneOf": [{"type": "integer"}, {"type": "number", "minimum": 0.5, "maximum": 0.75}]},
     {"allOf": [{"type": "number", "minimum": 3}, {"type": "integer", "maximum": 4}]},
     {"type": "integer", "multipleOf": 7, "minimum": 8, "maximum": 15}],
)  # fmt: skip
def test_intricate_schemas_are_satisfied(schema: Any) -> None:
    Draft202012Validator(schema).validate(sample(schema, Dice(b"x")))


@pytest.mark.parametrize(
    "schema",
    [{"$ref": "#"}, {"$ref": "#/nowhere"}, {"$ref": "https://example.com/x"}, {"type": "king"}, {"enum": []},
     {"type": "integer", "minimum": 5, "maximum": 4}, {"type": "string", "pattern": "a+"}, {"anyOf": [False]},
     {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}}, {"type": "string", "minLength": 10**9},
     {"minimum": "x"}, {"properties": 5}, {"type": 5}, {"items": 5, "minItems": 1}, {"minimum": 5, "multipleOf": 0}],
)  # fmt: skip
def test_what_cannot_be_satisfied_is_said_so(schema: Any) -> None:
    with pytest.raises(Unsatisfiable):
        sample(schema, Dice(b"x"))


def fanning_out(levels: int) -> Any:
    """Each level refers twice to the next: the paths double with every level."""
    definitions: dict[str, Any] = {f"d{levels}": {"type": "string"}}
    for level in range(levels):
        twice = [{"$ref": f"#/$defs/d{level + 1}"}] * 2
        definitions[f"d{level}"] = {"oneOf": [*twice, {"type": "null"}]}
    return {"$ref": "#/$defs/d0", "$defs": definitions}


SELF = {"$ref": "#"}


@pytest.mark.parametrize(
    "schema",
    [fanning_out(40), {"oneOf": [{"type": "null"}, SELF]}, {"allOf": [SELF, {"allOf": [SELF, SELF]}]},
     {"type": "array", "minItems": 1000, "items": {"type": "string", "minLength": 10_000}}],
)  # fmt: skip
def test_a_schema_made_to_keep_it_busy_ends_soon(schema: Any) -> None:
    with pytest.raises(Unsatisfiable):
        sample(schema, Dice(b"x"))
