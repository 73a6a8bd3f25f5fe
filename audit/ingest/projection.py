"""The columns of an event, projected from its record: once, in one order, with as little Python a record as will do.

What our own recorder makes takes the short way through each part; what looks otherwise is looked at member by member.
Both ways give the same values (tests/audit/test_projection.py).
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address
from operator import gt, itemgetter
from typing import Any
from uuid import UUID

import orjson
from django.utils.ipv6 import clean_ipv6_address

from audit.catalogue import EVENT_TYPES
from audit.columns import NUMBERS, TEXTS

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (databases are given naive times, in UTC)
LONGEST = 1024
LIMITS = {
    "organisation_id": 64, "key_id": 64, "key_prefix": 64, "team_id": 64, "project_id": 64, "request_id": 64,
    "session_id": 64, "trace_id": 64, "span_id": 64, "error_code": 64, "provider": 64, "cache_status": 32,
    "guardrail_verdict": 32, "policy_version": 64,
}  # fmt: skip
# Those that databases are not given as they are, then those that follow from more than one member.
CONVERTED = ("id", "writer", "occurred_at", "actor_roles", "attrs")
DERIVED = (
    "src_ip", "category", "retention_class", "type", "outcome", "schema_version", "writer_seq",
    "actor_type", "actor_id", "actor_name", "target_type", "target_id", "target_name",
)  # fmt: skip
TEXT_NAMES = tuple(sorted(TEXTS - {"src_ip"}))
SMALL_NAMES = ("audit_level", "http_status", "severity", "stage")
LARGE_NAMES = tuple(sorted(NUMBERS - {*SMALL_NAMES}))
NAMES = (*CONVERTED, *DERIVED, *TEXT_NAMES, *SMALL_NAMES, *LARGE_NAMES)

SMALL_BITS, LARGE_BITS = 15, 53
WHOLE = {int, type(None)}
TEXT_LIMITS = tuple(LIMITS.get(name, LONGEST) for name in TEXT_NAMES)
# Above it not every whole number is a float of its own (IEEE 754, 53 bits).
LARGEST_EXACT = float(1 << LARGE_BITS)
CANONICAL = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII).fullmatch

_ABSENT: dict[str, Any] = {**dict.fromkeys(NUMBERS), **dict.fromkeys(TEXTS, ""), "target": None, "writer": None}
_ABSENT |= {"schema": 1, "seq": None, "outcome": "", "attrs": None}
_texts_of = itemgetter(*TEXT_NAMES)
_small_of = itemgetter(*SMALL_NAMES)
_large_of = itemgetter(*LARGE_NAMES)
_others_of = itemgetter("id", "writer", "ts", "attrs", "src_ip", "type", "outcome", "schema", "seq", "actor", "target")
_NO_TARGET = ("", "", "")


class NotARecord(ValueError):
    """Bytes that are no record of ours."""


class Record(dict[str, Any]):
    """A record that was looked at, with the values of its columns, in the order of NAMES."""

    __slots__ = ("columns",)
    columns: tuple[Any, ...]

    @classmethod
    def of(cls, members: Mapping[str, Any]) -> "Record":
        """From the members of a record. Raises NotARecord: one is not of its column's type."""
        found = cls(members)
        try:
            found.columns = _projected(found)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            raise NotARecord(str(error)[:200]) from error
        return found


def parsed(raw: bytes) -> Record:
    """The record in `raw`. Raises NotARecord."""
    if b"\n" in raw:
        raise NotARecord("more than one line")
    try:
        members = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise NotARecord(str(error)[:200]) from error
    if type(members) is not dict:
        raise NotARecord("not an object")
    return Record.of(members)


def storable(value: Any) -> Any:
    """`value` without what databases do not give back as they got it; the raw bytes keep it.

    PostgreSQL's text and jsonb cannot hold U+0000, and jsonb makes other digits of floats that are whole and large.
    """
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, float) and abs(value) >= LARGEST_EXACT:
        return repr(value)
    if isinstance(value, dict):
        return {storable(name): storable(item) for name, item in value.items()}
    return [storable(item) for item in value] if isinstance(value, list) else value


def _projected(record: Record) -> tuple[Any, ...]:
    members = _ABSENT | record
    event_id, writer, ts, attrs, address, kind, outcome, schema, seq, actor, target = _others_of(members)
    if type(ts) is not int or type(actor) is not dict:
        raise NotARecord("ts or actor")
    category, retention_class = _of_type(kind)
    return (
        event_id if CANONICAL(event_id) else str(UUID(event_id)),
        _uuid(writer) if writer else None,
        EPOCH + timedelta(0, 0, ts),
        storable(actor["roles"]) if "roles" in actor else [],
        storable(attrs) if "attrs" in record else {},
        _address(str(address)) if address else None,
        category, retention_class, kind,
        _word(outcome, 16), _number(schema, SMALL_BITS), _number(seq, LARGE_BITS) if "seq" in record else None,
    ) + (
        _party(actor, 32, 255)
        + (_party(target, 64, LONGEST) if target else _NO_TARGET)
        + _checked_texts(_texts_of(members))
        + _fitting(_small_of(members), SMALL_NAMES, SMALL_BITS)
        + _fitting(_large_of(members), LARGE_NAMES, LARGE_BITS)
    )  # fmt: skip


@lru_cache(4096)
def _of_type(kind: str) -> tuple[str, str]:
    """Category and retention class."""
    known = EVENT_TYPES.get(_word(kind, 64))
    return kind.partition(".")[0][:32], known.retention_class if known is not None else "default"


@lru_cache(4096)
def _uuid(text: str) -> str:
    return str(UUID(text))


@lru_cache(4096)
def _address(text: str) -> str | None:
    if "%" in text:
        return None  # an interface of some machine: the column cannot hold it, the record does
    try:
        address = str(ip_address(text))
    except ValueError:
        return None
    return clean_ipv6_address(address) if ":" in address else address


def _word(word: object, most: int) -> str:
    """A word that the log itself goes by. Raises NotARecord."""
    if not isinstance(word, str) or len(word) > most or "\x00" in word:
        raise NotARecord("type, outcome, actor or target")
    return word


def _number(number: object, bits: int) -> int:
    """Raises NotARecord."""
    if type(number) is not int or not 0 <= number < 1 << bits:
        raise NotARecord("schema or seq")
    return number


def _party(who: Mapping[str, Any], longest_type: int, longest_id: int) -> tuple[str, str, str]:
    """Type, id and name of an actor or target. Raises NotARecord, AttributeError, TypeError."""
    kind, key, name = who.get("type", ""), who.get("id", ""), who.get("name", "")
    return (
        _word(kind, longest_type),
        key[:longest_id].replace("\x00", "\ufffd"),
        name[:LONGEST].replace("\x00", "\ufffd"),
    )


def _checked_texts(values: tuple[Any, ...]) -> tuple[str, ...]:
    try:
        sound = "\x00" not in "".join(values) and not any(map(gt, map(len, values), TEXT_LIMITS))
    except TypeError:
        sound = False  # one is no text
    return values if sound else tuple(map(_text, values, TEXT_LIMITS))


def _text(value: object, most: int) -> str:
    return str(value or "")[:most].replace("\x00", "\ufffd")


def _fitting(values: tuple[Any, ...], names: tuple[str, ...], bits: int) -> tuple[int | None, ...]:
    """Numbers, each of which its column can hold: one that it cannot would stop the whole log. Raises NotARecord."""
    if set(map(type, values)) <= WHOLE and sum(map(abs, filter(None, values))) < 1 << bits:
        return values  # if they fit all together, each does
    for name, value in zip(names, values, strict=True):
        if value is not None and (type(value) is not int or abs(value) >= 1 << bits):
            raise NotARecord(f"{name} does not fit its column")
    return values
