"""Checks JSON against the shapes that botocore ships for an AWS service: as strict as the service itself would be."""

import base64
import binascii
import re
from collections.abc import Iterator
from functools import cache

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "blob": (str,), "boolean": (bool,), "integer": (int,), "long": (int,), "float": (int, float),
    "double": (int, float), "structure": (dict,), "map": (dict,), "list": (list,), "timestamp": (int, float, str),
}  # fmt: skip


@cache
def service(name: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def faults(service_name: str, shape: str, value: object, *, absent: frozenset[str] = frozenset()) -> list[str]:
    """What is wrong with `value` as that shape, each with its place; empty where nothing is.

    Args:
        absent: members of the outermost structure that stand elsewhere (in the address).
    """
    model = service(service_name).shape_for(shape)
    return [fault for fault in _faults(model, value, shape) if not any(fault.endswith(f"lacks {a}") for a in absent)]


def _faults(shape: Shape, value: object, at: str) -> Iterator[str]:
    if getattr(shape, "is_document_type", False):
        return
    expected = TYPES[shape.type_name]
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        yield f"{at} is a {type(value).__name__}, not a {shape.type_name}"
        return
    if isinstance(shape, StructureShape):
        assert isinstance(value, dict)
        yield from _structure(shape, value, at)
    elif isinstance(shape, ListShape):
        assert isinstance(value, list)
        yield from _bounds(shape, len(value), at)
        for number, each in enumerate(value):
            yield from _faults(shape.member, each, f"{at}[{number}]")
    elif isinstance(shape, MapShape):
        assert isinstance(value, dict)
        for key, each in value.items():
            yield from _faults(shape.key, key, f"{at} key")
            yield from _faults(shape.value, each, f"{at}[{key}]")
    else:
        yield from _scalar(shape, value, at)


def _structure(shape: StructureShape, value: dict[str, object], at: str) -> Iterator[str]:
    members = {each.serialization.get("name", name): each for name, each in shape.members.items()}
    yield from (f"{at} lacks {name}" for name in shape.required_members if name not in value)
    yield from (f"{at} knows no {name}" for name in value if name not in members)
    if shape.is_tagged_union and len(value) != 1:
        yield f"{at} is a union and has {len(value)} members"
    for name, each in value.items():
        if name in members:
            yield from _faults(members[name], each, f"{at}.{name}")


def _scalar(shape: Shape, value: object, at: str) -> Iterator[str]:
    if isinstance(value, str) and shape.type_name == "blob":
        try:
            value = base64.b64decode(value, validate=True)
        except binascii.Error:
            yield f"{at} is not base64"
            return
    if isinstance(value, str) and (allowed := getattr(shape, "enum", None)) and value not in allowed:
        yield f"{at} is {value!r}, none of {allowed}"
    pattern = shape.metadata.get("pattern")
    if isinstance(value, str) and pattern and not re.fullmatch(pattern, value):
        yield f"{at} is {value!r}, which does not match {pattern}"
    if isinstance(value, str | bytes):
        yield from _bounds(shape, len(value), at)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _bounds(shape, value, at)


def _bounds(shape: Shape, size: float, at: str) -> Iterator[str]:
    if not shape.metadata.get("min", size) <= size <= shape.metadata.get("max", size):
        yield f"{at} is out of bounds: {size}"
