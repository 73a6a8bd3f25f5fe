"""Members of a request body, read with OpenAI's checks."""

from collections.abc import Mapping
from typing import Any

import orjson

from llmproxy.simulator.refusal import Refused, missing, wrong_type

Body = Mapping[str, Any]


def parsed(body: bytes) -> Body:
    """The body as an object. Raises Refused."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP "
            "library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)"
        ) from error
    if not isinstance(value, dict):
        raise Refused("Invalid request body: expected a JSON object.")
    return value


def integer(body: Body, name: str, low: int, high: int) -> int | None:
    """An integer within its bounds; None where there is none."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(name, "an integer", value)
    _within(name, value, low, high, "integer")
    return value


def number(body: Body, name: str, low: float, high: float) -> float | None:
    """A number within its bounds; None where there is none."""
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong_type(name, "a decimal number", value)
    _within(name, value, low, high, "decimal")
    return float(value)


def flag(body: Body, name: str, default: bool, path: str = "") -> bool:
    """A boolean."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise wrong_type(path + name, "a boolean", value)
    return value


def text(body: Body, name: str, path: str = "") -> str:
    """A string that must be there."""
    value = body.get(name)
    if value is None:
        raise missing(path + name)
    if not isinstance(value, str):
        raise wrong_type(path + name, "a string", value)
    return value


def array(value: object, param: str) -> list[Any]:
    """A list with at least one entry."""
    if value is None:
        raise missing(param)
    if not isinstance(value, list):
        raise wrong_type(param, "an array of objects", value)
    if not value:
        message = (
            f"Invalid '{param}': empty array. Expected an array with minimum length 1, but got an empty array instead."
        )
        raise Refused(message, param=param, code="empty_array")
    return value


def mapping(value: object, param: str) -> Body:
    """An object."""
    if not isinstance(value, dict):
        raise wrong_type(param, "an object", value)
    return value


def _within(name: str, value: float, low: float, high: float, kind: str) -> None:
    if value < low:
        raise Refused(
            f"Invalid '{name}': {kind} below minimum value. Expected a value >= {low}, but got {value} instead.",
            param=name,
            code=f"{kind}_below_min_value",
        )
    if value > high:
        raise Refused(
            f"Invalid '{name}': {kind} above maximum value. Expected a value <= {high}, but got {value} instead.",
            param=name,
            code=f"{kind}_above_max_value",
        )
