"""Whether a record has the form that its schema describes: the part of JSON Schema that our schemas use."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "boolean": (bool,), "object": (dict,), "array": (list,),
    "null": (type(None),), "number": (int, float),
}  # fmt: skip
LONGEST_PROBLEM = 200
MOST_SHAPES = 10_000


def problems(schema: Schema, value: Any, path: str = "") -> Iterator[str]:
    """What is wrong with `value`, each with where it is."""
    where = path or "the record"
    kinds = schema.get("type")
    if kinds is not None and not _is_one_of(value, [kinds] if isinstance(kinds, str) else kinds):
        yield f"{where} is not {kinds}"
        return
    yield from _of_value(schema, value, path, where)
    if isinstance(value, dict):
        yield from _of_object(schema, value, path)
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from problems(schema.get("items", {}), item, f"{path}[{n}]")


def _of_value(schema: Schema, value: Any, path: str, where: str) -> Iterator[str]:
    if "const" in schema and value != schema["const"]:
        yield f"{where} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} is none of the values that it can have"
    if (choices := schema.get("anyOf")) and all(any(problems(choice, value, path)) for choice in choices):
        yield f"{where} has neither {' nor '.join(str(choice) for choice in choices)}"
    if type(value) is int and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{where} is too small or too large"


def _of_object(schema: Schema, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{path}.{name} is missing".lstrip(".")
    properties = schema.get("properties", {})
    for name in properties.keys() & value.keys():
        yield from problems(properties[name], value[name], f"{path}.{name}".lstrip("."))


def _is_one_of(value: Any, kinds: list[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in kinds
    return any(isinstance(value, TYPES[kind]) for kind in kinds)


class SchemaCheck:
    """Checks many records. One whose members have the types of an earlier, sound one is not looked at again.

    Args:
        find: the schema of a type and version; None where there is none.
    """

    def __init__(self, find: Callable[[str, int], Schema | None]) -> None:
        self._find = find
        self._sound: set[Any] = set()
        self.unknown: dict[tuple[str, Any], int] = {}  # type and version to the leaf where it was first seen

    def is_sound(self, record: Any) -> bool:
        """Whether it is of a form that was looked at and found right: then it is a record, and `problem` has none."""
        try:
            return _shape(record) in self._sound
        except (AttributeError, KeyError, TypeError):
            return False

    def problem(self, record: dict[str, Any], index: int = 0) -> str | None:
        """The first thing that is wrong with it; None where nothing is, or where its schema is not known."""
        if self.is_sound(record):
            return None
        kind, version = record["type"], record.get("schema")
        schema = self._find(kind, version) if type(version) is int else None
        if schema is None:
            self.unknown.setdefault((kind, str(version)[:20]), index)
            return None
        try:
            found = next(problems(schema, record), None)
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            return f"what the bundle has as its schema is none: {type(error).__name__}"
        if found is None and len(self._sound) < MOST_SHAPES:
            self._sound.add(_shape(record))
        return None if found is None else found[:LONGEST_PROBLEM]


def _shape(record: dict[str, Any]) -> Any:
    """Everything that the verdict on a record depends on, except how large its numbers are; mostly C's work."""
    actor = record["actor"]
    found = (
        record["type"], record["schema"], record["outcome"], tuple(record), tuple(map(type, record.values())),
        tuple(actor), tuple(map(type, actor.values())),
    )  # fmt: skip
    if "attrs" in record or "target" in record:
        return (*found, _of_part(record.get("attrs")), _of_part(record.get("target")))
    return found


def _of_part(part: Any) -> Any:
    if type(part) is not dict:
        return type(part)
    kinds: tuple[Any, ...] = tuple(map(type, part.values()))
    if list in kinds:
        kinds = tuple(frozenset(map(type, value)) if type(value) is list else type(value) for value in part.values())
    return tuple(part), kinds
