"""Small checks of parsed JSON, from which the shapes of an API are put together: strict about unknown members."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

Check = Callable[[Any, str], Iterator[str]]


def kind(*types: type) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            yield f"{at} is a {type(value).__name__}"

    return check


def one_of(*names: str) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if value not in names:
            yield f"{at} is {value!r}"

    return check


def listed(inner: Check) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list) or not value:
            yield f"{at} is no list, or empty"
            return
        for number, each in enumerate(value):
            yield from inner(each, f"{at}[{number}]")

    return check


def shaped(required: str = "", union: str = "", **members: Check) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at} is no object"
            return
        yield from (f"{at} lacks {name}" for name in required.split() if name not in value)
        yield from (f"{at} knows no {name}" for name in value if name not in members)
        if union and sum(name in value for name in union.split()) != 1:
            yield f"{at} must have one of {union}"
        for name, each in value.items():
            if name in members:
                yield from members[name](each, f"{at}.{name}")

    return check


def base64_text(value: Any, at: str) -> Iterator[str]:
    try:
        base64.b64decode(value, validate=True)
    except (TypeError, ValueError):
        yield f"{at} is not base64"


STRING, NUMBER, INTEGER, BOOLEAN, OBJECT = kind(str), kind(int, float), kind(int), kind(bool), kind(dict)
