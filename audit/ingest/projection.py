"""The columns of an event, projected from its record."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

import orjson
from django.utils.ipv6 import clean_ipv6_address

from audit.catalogue import EVENT_TYPES
from audit.columns import NUMBERS, TEXTS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LIMITS = {
    "organisation_id": 64, "key_id": 64, "key_prefix": 64, "team_id": 64, "project_id": 64, "request_id": 64,
    "session_id": 64, "trace_id": 64, "span_id": 64, "error_code": 64, "provider": 64, "cache_status": 32,
    "guardrail_verdict": 32, "policy_version": 64,
}  # fmt: skip

ABSENT: dict[str, Any] = dict.fromkeys(NUMBERS) | dict.fromkeys(TEXTS, "")
# Above it not every whole number is a float of its own (IEEE 754, 53 bits).
LARGEST_EXACT = float(1 << 53)
SMALL = frozenset(("stage", "severity", "audit_level", "http_status"))


class NotARecord(ValueError):
    """Bytes that are no record of ours."""


class Record(dict[str, Any]):
    """A record that was looked at, with the values of its columns: working those out twice would cost too much."""

    __slots__ = ("columns",)
    columns: dict[str, Any]


def parsed(raw: bytes) -> Record:
    """The record in `raw`. Raises NotARecord."""
    if b"\n" in raw:
        raise NotARecord("more than one line")
    try:
        record = orjson.loads(raw)
        uuid.UUID(record["id"])
        if not isinstance(record["type"], str) or type(record["ts"]) is not int:
            raise NotARecord("type or ts")
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise NotARecord(str(error)[:200]) from error
    if not isinstance(record.get("actor"), dict):
        raise NotARecord("actor")
    _check_numbers(record)
    _check_lengths(record)
    found = Record(record)
    found.columns = projected(record)
    return found


def projected(record: Mapping[str, Any]) -> dict[str, Any]:
    """Column values, without leaf, raw and time of ingest. Raises NotARecord: a member is not of its column's type."""
    try:
        return _columns(record)
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise NotARecord(str(error)[:200]) from error


def _check_numbers(record: Mapping[str, Any]) -> None:
    """One number that its column cannot hold would stop the whole log on PostgreSQL."""
    for name in record.keys() & NUMBERS:
        value, bits = record[name], 15 if name in SMALL else 53
        if value is not None and (type(value) is not int or abs(value) >= 1 << bits):
            raise NotARecord(f"{name} does not fit its column")


def _check_lengths(record: Mapping[str, Any]) -> None:
    target = record.get("target") or {}
    words = (
        (record["type"], 64), (record.get("outcome", ""), 16), (record["actor"].get("type", ""), 32),
        (target.get("type", "") if isinstance(target, dict) else None, 64),
    )  # fmt: skip
    if any(not isinstance(word, str) or len(word) > most or "\x00" in word for word, most in words):
        raise NotARecord("type, outcome, actor or target")
    numbers = ((record.get("schema", 1), 15), (record.get("seq", 0), 53))
    if any(type(number) is not int or not 0 <= number < 1 << bits for number, bits in numbers):
        raise NotARecord("schema or seq")


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


@lru_cache(4096)
def _address(text: str) -> str | None:
    if "%" in text:
        return None  # an interface of some machine: the column cannot hold it, the record does
    try:
        address = str(ip_address(text))
    except ValueError:
        return None
    return clean_ipv6_address(address) if ":" in address else address


def _columns(record: Mapping[str, Any]) -> dict[str, Any]:
    actor, target = record["actor"], record.get("target") or {}
    kind = EVENT_TYPES.get(record["type"])
    values = dict(ABSENT)
    for name in record.keys() & TEXTS:
        values[name] = str(record[name] or "")[: LIMITS.get(name, 1024)].replace("\x00", "\ufffd")
    for name in record.keys() & NUMBERS:
        values[name] = record[name]
    values["src_ip"] = _address(values["src_ip"] or "")
    return values | {
        "id": uuid.UUID(record["id"]),
        "schema_version": record.get("schema", 1),
        "occurred_at": EPOCH + timedelta(microseconds=record["ts"]),
        "category": record["type"].partition(".")[0][:32],
        "type": record["type"],
        "outcome": record.get("outcome", ""),
        "retention_class": kind.retention_class if kind is not None else "default",
        "writer": uuid.UUID(record["writer"]) if record.get("writer") else None,
        "writer_seq": record.get("seq"),
        "actor_type": actor.get("type", ""),
        "actor_id": actor.get("id", "")[:255].replace("\x00", "\ufffd"),
        "actor_name": actor.get("name", "")[:1024].replace("\x00", "\ufffd"),
        "actor_roles": storable(actor.get("roles", [])),
        "target_type": target.get("type", ""),
        "target_id": target.get("id", "")[:1024].replace("\x00", "\ufffd"),
        "target_name": target.get("name", "")[:1024].replace("\x00", "\ufffd"),
        "attrs": storable(record.get("attrs", {})),
    }
