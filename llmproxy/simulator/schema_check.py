"""Whether a value satisfies a schema: the part of JSON Schema 2020-12 that the sampler supports."""

from typing import Any

from llmproxy.simulator.schema_document import Schema, Unsatisfiable, flat

MOST_STEPS = 10_000
DEEPEST = 64
KINDS: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "null": (type(None),),
    "number": (int, float),
}  # fmt: skip


class Checker:
    """Checks values against one document. Its steps are counted over all checks, for a schema may fan out or go round.

    Raises Unsatisfiable where a check would take too long, or needs what is not supported.
    """

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._left = MOST_STEPS

    def satisfies(self, value: Any, schema: object, depth: int = 0) -> bool:
        """True if `value` is valid."""
        self._left -= 1
        if self._left < 0 or depth > DEEPEST:
            raise Unsatisfiable("it never ends or is too large")
        if schema is False:
            return False
        rules, deeper = flat(schema, self._root), depth + 1
        return (
            _has_type(value, rules)
            and ("const" not in rules or same(value, rules["const"]))
            and ("enum" not in rules or any(same(value, each) for each in rules["enum"]))
            and self._inner(value, rules, deeper)
            and ("anyOf" not in rules or any(self.satisfies(value, each, deeper) for each in rules["anyOf"]))
            and ("oneOf" not in rules or sum(self.satisfies(value, each, deeper) for each in rules["oneOf"]) == 1)
        )

    def _inner(self, value: Any, rules: Schema, depth: int) -> bool:
        if isinstance(value, str):
            return bool(rules.get("minLength", 0) <= len(value) <= rules.get("maxLength", len(value)))
        if isinstance(value, list):
            return self._array(value, rules, depth)
        if isinstance(value, dict):
            return self._object(value, rules, depth)
        return isinstance(value, bool) or value is None or _number(value, rules)

    def _array(self, value: list[Any], rules: Schema, depth: int) -> bool:
        if not rules.get("minItems", 0) <= len(value) <= rules.get("maxItems", len(value)):
            return False
        if rules.get("uniqueItems") and any(same(a, b) for i, a in enumerate(value) for b in value[:i]):
            return False
        prefix, rule = rules.get("prefixItems", []), rules.get("items", True)
        fits = all(self.satisfies(each, its, depth) for each, its in zip(value, prefix, strict=False))
        return fits and all(self.satisfies(each, rule, depth) for each in value[len(prefix) :])

    def _object(self, value: dict[str, Any], rules: Schema, depth: int) -> bool:
        if any(name not in value for name in rules.get("required", [])):
            return False
        if not rules.get("minProperties", 0) <= len(value) <= rules.get("maxProperties", len(value)):
            return False
        known, others = rules.get("properties", {}), rules.get("additionalProperties", True)
        return all(self.satisfies(each, known.get(name, others), depth) for name, each in value.items())


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


def _number(value: float, rules: Schema) -> bool:
    step = rules.get("multipleOf")
    return bool(
        rules.get("minimum", value) <= value <= rules.get("maximum", value)
        and ("exclusiveMinimum" not in rules or value > rules["exclusiveMinimum"])
        and ("exclusiveMaximum" not in rules or value < rules["exclusiveMaximum"])
        and (not step or (value / step).is_integer())
    )
