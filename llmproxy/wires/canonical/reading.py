"""Reading members of parsed JSON with their types checked: what is wrong is said with its place."""

from collections.abc import Iterator, Mapping
from typing import Any

from llmproxy.wires.canonical.errors import BadRequest

Object = Mapping[str, Any]
OBJECT = (dict, Mapping)  # what parsed JSON is comes first: to ask an abstract class costs more
MOST_ITEMS = 100_000
MOST = 2**63 - 1  # what JSON is written with


def place(at: str, name: str | int) -> str:
    """`messages[0]` and `role` give `messages[0].role`."""
    if isinstance(name, int):
        return f"{at}[{name}]"
    return f"{at}.{name}" if at else name


def optional_text(holder: Object, name: str, at: str = "") -> str:
    """A string; empty where it is missing or null."""
    value = holder.get(name)
    if value is not None and not isinstance(value, str):
        raise wrong(at, name, "a string")
    return value or ""


def text(holder: Object, name: str, at: str = "") -> str:
    """A string that has to be there; may be empty."""
    value = holder.get(name)
    if not isinstance(value, str):
        raise wrong(at, name, "a string")
    return value


def integer(holder: Object, name: str, at: str = "", least: int = 0) -> int | None:
    """A whole number; None where it is missing or null."""
    value = holder.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MOST):
        raise wrong(at, name, f"a whole number of at least {least}")
    return value


def number(holder: Object, name: str, at: str = "") -> float | None:
    """A number; None where it is missing or null."""
    value = holder.get(name)
    if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
        raise wrong(at, name, "a number")
    return value


def boolean(holder: Object, name: str, at: str = "") -> bool | None:
    """True or false; None where it is missing or null."""
    value = holder.get(name)
    if value is not None and not isinstance(value, bool):
        raise wrong(at, name, "true or false")
    return value


def mapping(holder: Object, name: str, at: str = "") -> Object | None:
    """An object; None where it is missing or null."""
    value = holder.get(name)
    if value is not None and not isinstance(value, OBJECT):
        raise wrong(at, name, "an object")
    return value


def objects(holder: Object, name: str, at: str = "") -> Iterator[tuple[str, Object]]:
    """The objects of a list, each with its place; none where it is missing or null."""
    value = holder.get(name)
    if value is None:
        return
    if not isinstance(value, list) or len(value) > MOST_ITEMS:
        raise wrong(at, name, "a list")
    for index, each in enumerate(value):
        here = place(place(at, name), index)
        if not isinstance(each, OBJECT):
            raise BadRequest(f"{here} must be an object.", here)
        yield here, each


def texts(holder: Object, name: str, at: str = "") -> tuple[str, ...]:
    """A list of strings; empty where it is missing or null."""
    value = holder.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise wrong(at, name, "a list of strings")
    return tuple(value)


def wrong(at: str, name: str, expected: str) -> BadRequest:
    """The refusal of a member."""
    here = place(at, name)
    return BadRequest(f"{here} must be {expected}.", here)
