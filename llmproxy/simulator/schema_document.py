"""JSON Schema documents: references and the merging of what must hold together."""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]
LARGEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
SMALLEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
CHOICES = ("anyOf", "oneOf")
UNSUPPORTED = ("not", "if", "pattern", "patternProperties", "propertyNames", "contains", "dependentRequired",
               "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "$dynamicRef")  # fmt: skip
MOST_REFERENCES = 32
MOST_PARTS = 100


class Unsatisfiable(ValueError):
    """No value was found: the schema contradicts itself, never ends, or uses what the simulator does not support."""


def as_schema(value: object) -> Schema:
    """A schema in its object form. Raises Unsatisfiable."""
    if value is True:
        return {}
    if not isinstance(value, dict):
        raise Unsatisfiable("a schema must be an object")
    for name in UNSUPPORTED:
        if name in value:
            raise Unsatisfiable(f"'{name}' is not supported by the simulator")
    return value


def flat(value: object, root: Schema) -> Schema:
    """The schema with its references and `allOf` merged in. Raises Unsatisfiable."""
    schema = as_schema(value)
    for _ in range(MOST_REFERENCES):
        if len(_list(schema.get("allOf", []))) > MOST_PARTS:
            break
        if "$ref" not in schema and "allOf" not in schema:
            return schema
        rest = {name: held for name, held in schema.items() if name not in ("$ref", "allOf")}
        parts = [_referred(schema["$ref"], root)] if "$ref" in schema else []
        for part in [*parts, *_list(schema.get("allOf", []))]:
            rest = merged(rest, as_schema(part))
        schema = rest
    raise Unsatisfiable("its references never end")


def merged(left: Schema, right: Schema) -> Schema:
    """One schema for what satisfies both. Raises Unsatisfiable."""
    result = dict(left)
    for name, value in right.items():
        result[name] = _both(name, result[name], value) if name in result else value
    return result


def _both(name: str, left: Any, right: Any) -> Any:
    if left == right:
        return left
    if name in LARGEST:
        return max(_number(left), _number(right))
    if name in SMALLEST:
        return min(_number(left), _number(right))
    if name == "type":
        return _common_types(_list(left), _list(right))
    if name == "enum":
        return [each for each in _list(left) if each in _list(right)]
    if name in ("required", "allOf"):
        return [*_list(left), *_list(right)]
    if name == "properties":
        return _properties(left, right)
    if name in ("items", "additionalProperties"):
        return False if False in (left, right) else {"allOf": [left, right]}
    return _incompatible(name, left)


def _incompatible(name: str, left: Any) -> Any:
    if name in ("const", "$ref", "format", "multipleOf", "prefixItems", *CHOICES):
        raise Unsatisfiable(f"two different '{name}' for one value are not supported by the simulator")
    return left  # title, description and other notes


def _common_types(left: list[Any], right: list[Any]) -> list[Any]:
    common = [each for each in left if each in right or (each == "integer" and "number" in right)]
    common += [each for each in right if each == "integer" and "number" in left and each not in common]
    if not common:
        raise Unsatisfiable("no type is left")
    return common


def _properties(left: Any, right: Any) -> Schema:
    result = dict(as_schema(left))
    for name, value in as_schema(right).items():
        result[name] = {"allOf": [result[name], value]} if name in result else value
    return result


def _referred(reference: object, root: Schema) -> object:
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise Unsatisfiable("only references within the document are supported")
    found: object = root
    for step in reference[1:].split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping) and key in found:
            found = found[key]
        elif isinstance(found, list) and key.isdigit() and int(key) < len(found):
            found = found[int(key)]
        else:
            raise Unsatisfiable(f"the reference '{reference[:80]}' leads nowhere")
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unsatisfiable("a bound must be a number")
    return value
