"""Members of Google's JSON may be written in either of two spellings.

https://protobuf.dev/programming-guides/json/: parsers accept lowerCamelCase and the field's own snake_case name.
"""

import re
from collections.abc import Mapping
from typing import Any

UNDERSCORE = re.compile(r"(?<=[a-zA-Z0-9])_([a-z0-9])")


def camel(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """`holder` with its own members in lowerCamelCase; what lies deeper is left alone, as it may be the client's."""
    if "_" not in "".join(holder):
        return holder
    return {UNDERSCORE.sub(lambda found: found[1].upper(), name): value for name, value in holder.items()}


def listed(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """`holder` with a list where Google's own examples write the one member of it: `"parts": {"text": "hi"}`."""
    return {**holder, name: [value]} if isinstance(value := holder.get(name), dict) else holder
