"""Google's own schema objects, as JSON schema. The other way is not needed: its API takes JSON schema as well.

https://ai.google.dev/api/caching#Schema
"""

from collections.abc import Mapping
from typing import Any

from llmproxy.wires.canonical.errors import BadRequest
from llmproxy.wires.gemini_generate.names import camel

DEEPEST = 60
COUNTS = frozenset({"maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties"})
LEFT_OUT = frozenset({"nullable", "propertyOrdering", "example"})


def json_schema(schema: Mapping[str, Any], at: str, depth: int = 0) -> dict[str, Any]:
    """The same as JSON schema.

    Raises:
        BadRequest: nested too deeply, or a member is of the wrong type.
    """
    if depth > DEEPEST:
        raise BadRequest(f"{at} is nested too deeply.", at)
    given = camel(schema)
    made = {name: _member(name, value, at, depth) for name, value in given.items() if name not in LEFT_OUT}
    if "example" in given:
        made["examples"] = [given["example"]]
    if given.get("nullable") is True and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


def _member(name: str, value: Any, at: str, depth: int) -> Any:
    if name == "type":
        return _type(value, at)
    if name == "items":
        return json_schema(_mapping(value, f"{at}.items"), f"{at}.items", depth + 1)
    if name in ("properties", "defs"):
        here = f"{at}.{name}"
        return {key: json_schema(_mapping(each, here), here, depth + 1) for key, each in _mapping(value, here).items()}
    if name == "anyOf":
        here = f"{at}.anyOf"
        if not isinstance(value, list):
            raise BadRequest(f"{here} must be a list.", here)
        return [json_schema(_mapping(each, here), here, depth + 1) for each in value]
    if name in COUNTS and isinstance(value, str) and value.isdecimal() and len(value) < 20:
        return int(value)  # 64-bit numbers are strings in Google's JSON
    return value


def _type(value: Any, at: str) -> Any:
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [each.lower() for each in value]
    raise BadRequest(f"{at}.type must be a string.", f"{at}.type")


def _mapping(value: Any, at: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadRequest(f"{at} must be an object.", at)
    return value
