"""A value that satisfies a JSON schema, the same for the same dice."""

from typing import Any

from llmproxy.simulator.dice import Dice
from llmproxy.simulator.schema_check import Checker, is_of, same
from llmproxy.simulator.schema_document import CHOICES, Schema, Unsatisfiable, as_schema, flat, merged
from llmproxy.simulator.schema_scalars import integer, number, string

DEEPEST = 24
LEAN_FROM = 4  # from this depth on only what must be there is made, so that recursive schemas end
MOST_VALUES = 1_000
VALUE_CHARACTERS = 64  # a longer string counts as several values
MOST_ITEMS = 1_000


def sample(schema: object, dice: Dice) -> Any:
    """A JSON value. Raises Unsatisfiable."""
    root = as_schema(schema)
    sampler = _Sampler(root, dice)
    try:
        value = sampler.value(root, 0)
        if sampler.checker.satisfies(value, root):
            return value
    except (TypeError, AttributeError, OverflowError, KeyError, ZeroDivisionError) as error:
        raise Unsatisfiable("it is not a valid JSON schema") from error
    raise Unsatisfiable("it contradicts itself or is too intricate for the simulator")


class _Sampler:
    def __init__(self, root: Schema, dice: Dice) -> None:
        self._root = root
        self._dice = dice
        self._left = MOST_VALUES
        self.checker = Checker(root)

    def value(self, schema: object, depth: int) -> Any:
        self._left -= 1
        if depth > DEEPEST or self._left < 0:
            raise Unsatisfiable("it never ends or is too large")
        rules = flat(schema, self._root)
        for choice in CHOICES:
            if choice in rules:
                return self._chosen(rules, choice, depth)
        if "const" in rules:
            return rules["const"]
        if "enum" in rules:
            return self._enumerated(rules, depth)
        return self._of_kind(self._kind(rules, depth), rules, depth)

    def _chosen(self, rules: Schema, choice: str, depth: int) -> Any:
        rest = {name: held for name, held in rules.items() if name != choice}
        branches = sorted(rules[choice], key=_weight) if depth >= LEAN_FROM else _turned(rules[choice], self._dice)
        for branch in branches:
            try:
                value = self.value(merged(rest, flat(branch, self._root)), depth + 1)
                if self.checker.satisfies(value, rules):
                    return value
            except Unsatisfiable:
                if self._left < 0:
                    raise
        raise Unsatisfiable(f"no branch of its '{choice}' could be satisfied")

    def _enumerated(self, rules: Schema, depth: int) -> Any:
        fitting = [each for each in rules["enum"] if self.checker.satisfies(each, rules)]
        if not fitting:
            raise Unsatisfiable("no value of its 'enum' is allowed")
        return self._dice.one_of(fitting)

    def _kind(self, rules: Schema, depth: int) -> str:
        kinds = rules.get("type", _implied(rules))
        if isinstance(kinds, str):
            return kinds
        if depth >= LEAN_FROM and "null" in kinds:
            return "null"
        return str(next((kind for kind in kinds if kind != "null"), "null"))

    def _of_kind(self, kind: str, rules: Schema, depth: int) -> Any:
        if kind == "object":
            return self._object(rules, depth)
        if kind == "array":
            return self._array(rules, depth)
        if kind == "string":
            made = string(rules, self._dice)
            self._left -= len(made) // VALUE_CHARACTERS
            return made
        if kind == "integer":
            return integer(rules, self._dice)
        if kind == "number":
            return number(rules, self._dice)
        if kind == "boolean":
            return self._dice.below(2) == 1
        is_of(None, kind)  # raises for what is no type
        return None

    def _object(self, rules: Schema, depth: int) -> dict[str, Any]:
        known = rules.get("properties", {})
        required = dict.fromkeys(rules.get("required", []))
        names = required if depth >= LEAN_FROM else dict.fromkeys([*required, *known])
        most = rules.get("maxProperties", len(names))
        made: dict[str, Any] = {}
        for name in list(names)[: max(int(most), len(required))]:
            try:
                made[name] = self.value(known.get(name, rules.get("additionalProperties", True)), depth + 1)
            except Unsatisfiable:
                if name in required or self._left < 0:
                    raise
        for extra in range(min(int(rules.get("minProperties", 0)), MOST_ITEMS) - len(made)):
            made[f"extra_{extra}"] = self.value(rules.get("additionalProperties", True), depth + 1)
        return made

    def _array(self, rules: Schema, depth: int) -> list[Any]:
        prefix, rule = rules.get("prefixItems", []), rules.get("items", True)
        least, most = int(rules.get("minItems", 0)), int(rules.get("maxItems", MOST_ITEMS))
        wished = least if depth >= LEAN_FROM else max(least, len(prefix), 0 if rule is False else 2)
        made: list[Any] = []
        for index in range(min(wished, most, MOST_ITEMS)):
            try:
                self._add(made, prefix[index] if index < len(prefix) else rule, rules, depth)
            except Unsatisfiable:
                if len(made) < least or self._left < 0:
                    raise
                break
        return made

    def _add(self, made: list[Any], rule: object, rules: Schema, depth: int) -> None:
        for _ in range(50 if rules.get("uniqueItems") else 1):
            value = self.value(rule, depth + 1)
            if not rules.get("uniqueItems") or not any(same(value, each) for each in made):
                made.append(value)
                return
        raise Unsatisfiable("not enough different items")


def _implied(rules: Schema) -> str:
    if {"properties", "required", "additionalProperties", "minProperties"} & set(rules):
        return "object"
    if {"items", "prefixItems", "minItems", "maxItems"} & set(rules):
        return "array"
    return "number" if {"minimum", "maximum", "multipleOf"} & set(rules) else "string"


def _weight(branch: object) -> int:
    """Branches that end soonest come first."""
    if not isinstance(branch, dict):
        return 3
    if branch.get("type") == "null" or "const" in branch or "enum" in branch:
        return 0
    return 2 if "$ref" in branch or branch.get("type") in ("object", "array") else 1


def _turned(branches: list[Any], dice: Dice) -> list[Any]:
    start = dice.below(len(branches)) if branches else 0
    return [*branches[start:], *branches[:start]]


__all__ = ["Unsatisfiable", "sample"]
