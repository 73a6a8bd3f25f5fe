"""The bytes of a record, final: UTF-8 JSON, ASCII names sorted, integers only (AUDIT 3.7).

Under these rules the bytes equal RFC 8785's canonical form, so that a third party can make them again.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from audit.errors import NotRecordable

LONGEST_RECORD = 64 * 1024
LARGEST_INTEGER = 2**53
LONGEST_TEXT = 4096


def encoded(record: Mapping[str, Any]) -> bytes:
    """The bytes of `record`, at most 64 KiB: longer texts within are cut, and the cut is said.

    Raises:
        NotRecordable: it holds a float, an integer of 2^53 or more, or something that is not JSON.
    """
    raw = _dumped(record)
    if len(raw) <= LONGEST_RECORD:
        return raw
    return _dumped({**_shortened(record), "truncated_from": len(raw)})


def checked(value: object) -> object:
    """`value` if record bytes can hold it, else what they hold in its place. Raises NotRecordable."""
    return value if _is_plain(value) else _converted(value)


def _is_plain(value: object) -> bool:
    """Whether it is encoded as it is: ASCII, exact, of JSON's own types. Nearly everything is; a copy costs more."""
    kind = type(value)
    if kind is dict:
        for name, item in value.items():  # type: ignore[attr-defined]  # mypy does not narrow by `is`
            if type(name) is not str or not name.isascii():
                return False
            if not (item.isascii() if type(item) is str else _is_plain(item)):
                return False
        return True
    if kind is str:
        return value.isascii()  # type: ignore[attr-defined, no-any-return]
    if kind is int:
        return -LARGEST_INTEGER < value < LARGEST_INTEGER  # type: ignore[operator]
    if kind is list or kind is tuple:
        return all(map(_is_plain, value))  # type: ignore[call-overload]
    return value is None or kind is bool


def _converted(value: object) -> object:
    if isinstance(value, str):
        return _encodable(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return _exact(value)
    if isinstance(value, dict | Mapping):  # dict by itself: to ask an abstract class takes longer
        return {_name(name): _converted(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_converted(item) for item in value]
    if isinstance(value, set | frozenset):
        return [_converted(item) for item in sorted(value, key=str)]
    raise NotRecordable(f"a record cannot hold a {type(value).__name__}")


def _encodable(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _exact(number: int) -> int:
    if abs(number) >= LARGEST_INTEGER:
        raise NotRecordable(f"{number} is too large for a record")
    return number


def _name(name: object) -> str:
    if not isinstance(name, str) or not name.isascii():
        raise NotRecordable("names in a record are ASCII")
    return name


def _dumped(record: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONEncodeError, TypeError) as error:
        raise NotRecordable(str(error)) from error


def _shortened(record: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value[:LONGEST_TEXT] if isinstance(value, str) else value for name, value in record.items()}
    if len(_dumped(kept)) > LONGEST_RECORD - 64:
        kept["attrs"] = {"omitted": True}
    return kept
