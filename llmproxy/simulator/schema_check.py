"""Whether a value satisfies a schema: the part of JSON Schema 2020-12 that the sampler supports."""

from typing import Any

from llmproxy.simulator.schema_document import Schema, Unsatisfiable, flat

KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),),
    "number": (int, float),
}  # fmt: skip


def satisfies(value: Any, schema: object, root: Schema) -> bool:
    """True if `value` is valid. Raises Unsatisfiable for what is not supported."""
    if schema is False:
        return False
    rules = flat(schema, root)
    return (
        _has_type(value, rules)
        and ("const" not in rules or same(value, rules["const"]))
        and ("enum" not in rules or any(same(value, each) for each in rules["enum"]))
        and _inner(value, rules, root)
        and ("anyOf" not in rules or any(satisfies(value, each, root) for each in rules["anyOf"]))
        and ("oneOf" not in rules or sum(satisfies(value, each, root) for each in rules["oneOf"]) == 1)
    )


def is_of(value: Any, kind: object) -> bool:
    """Whether `value` is of one JSON type."""
    if kind == "integer":
        return not isinstance(value, bool) and (
            isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        )
    if kind not in KINDS:
        raise Unsatisfiable(f"the type {kind!r} is unknown")
    return isinstance(value, KINDS[str(kind)]) and (kind == "boolean" or not isinstance(value, bool))


def same(left: Any, right: Any) -> bool:
    """JSON's equality: 1 is 1.0, but not true."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _has_type(value: Any, rules: Schema) -> bool:
    kinds = rules.get("type")
    if kinds is None:
        return True
    return any(is_of(value, kind) for kind in (kinds if isinstance(kinds, list) else [kinds]))


def _inner(value: Any, rules: Schema, root: Schema) -> bool:
    if isinstance(value, str):
        return bool(rules.get("minLength", 0) <= len(value) <= rules.get("maxLength", len(value)))
    if isinstance(value, list):
        return _array(value, rules, root)
    if isinstance(value, dict):
        return _object(value, rules, root)
    return isinstance(value, bool) or value is None or _number(value, rules)


def _number(value: float, rules: Schema) -> bool:
    step = rules.get("multipleOf")
    return bool(
        rules.get("minimum", value) <= value <= rules.get("maximum", value)
        and ("exclusiveMinimum" not in rules or value > rules["exclusiveMinimum"])
        and ("exclusiveMaximum" not in rules or value < rules["exclusiveMaximum"])
        and (not step or (value / step).is_integer())
    )


def _array(value: list[Any], rules: Schema, root: Schema) -> bool:
    if not rules.get("minItems", 0) <= len(value) <= rules.get("maxItems", len(value)):
        return False
    if rules.get("uniqueItems") and any(same(a, b) for i, a in enumerate(value) for b in value[:i]):
        return False
    prefix = rules.get("prefixItems", [])
    fits = all(satisfies(each, rule, root) for each, rule in zip(value, prefix, strict=False))
    return fits and all(satisfies(each, rules.get("items", True), root) for each in value[len(prefix) :])


def _object(value: dict[str, Any], rules: Schema, root: Schema) -> bool:
    if any(name not in value for name in rules.get("required", [])):
        return False
    if not rules.get("minProperties", 0) <= len(value) <= rules.get("maxProperties", len(value)):
        return False
    known, others = rules.get("properties", {}), rules.get("additionalProperties", True)
    return all(satisfies(each, known.get(name, others), root) for name, each in value.items())
