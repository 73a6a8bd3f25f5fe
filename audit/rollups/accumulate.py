"""Adding records to the roll-ups: one UPSERT for each combination in the batch, not for each record."""

import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connections, models

from audit.models.rollup import WIDTHS, LatencyRollUp, RollUp
from audit.rollups.latency import step_of

LONGEST_MODEL = 128
# A name that nobody configured is the caller's to choose: counted together, or the table grows with every typing error.
UNKNOWN_MODEL = "(unknown)"
NAMELESS = frozenset(("model_not_found", "invalid_parameter"))
SUMS = ("tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning", "cost_nano")
MEASURES = (("duration_us", "duration"), ("ttft_us", "ttft"))
PER_STATEMENT = 200


class Caller(NamedTuple):
    """Whose calls, to what."""

    organisation_id: str
    team_id: str
    key_id: str
    actor_id: str
    provider: str
    model: str


class Kind(NamedTuple):
    """What a row of RollUp is about."""

    caller: Caller
    type: str
    outcome: str
    error_code: str


class Latency(NamedTuple):
    """What a row of LatencyRollUp is about."""

    caller: Caller
    measure: str
    step: int


def add(alias: str, records: Iterable[Mapping[str, Any]]) -> None:
    """Count `records`, in the caller's transaction and under the tree's lock."""
    sums: dict[tuple[int, datetime, Kind], Counter[str]] = {}
    latencies: Counter[tuple[int, datetime, Latency]] = Counter()
    kinds, steps = _counted(records)
    for width, _ in WIDTHS:
        for (second, kind), amounts in kinds.items():
            sums.setdefault((width, _start(second, width), kind), Counter()).update(amounts)
        for (second, latency), number in steps.items():
            latencies[width, _start(second, width), latency] += number
    _upsert(alias, RollUp, [_row(key, amounts) for key, amounts in sums.items()])
    _upsert(alias, LatencyRollUp, [_row(key, {"events": number}) for key, number in latencies.items()])


def _counted(
    records: Iterable[Mapping[str, Any]],
) -> tuple[dict[tuple[int, Kind], Counter[str]], Counter[tuple[int, Latency]]]:
    """By the narrowest width alone, from which the wider ones follow."""
    narrowest = min(width for width, _ in WIDTHS)
    sums: dict[tuple[int, Kind], Counter[str]] = {}
    latencies: Counter[tuple[int, Latency]] = Counter()
    for record in records:
        kind = _kind(record)
        second = record["ts"] // 1_000_000
        second -= second % narrowest
        amounts = sums.setdefault((second, kind), Counter())
        for name, amount in _amounts(record).items():
            amounts[name] += amount
        for name, measure in MEASURES:
            if kind.outcome == "success" and record.get(name) is not None:
                latencies[second, Latency(kind.caller, measure, step_of(int(record[name])))] += 1
    return sums, latencies


def _kind(record: Mapping[str, Any]) -> Kind:
    def text(name: str, most: int = 64) -> str:
        return str(record.get(name) or "").replace("\x00", "")[:most]

    model = text("model_requested", LONGEST_MODEL)
    if record.get("outcome") == "denied" and text("error_code") in NAMELESS:
        model = UNKNOWN_MODEL
    actor = str(record["actor"].get("id") or "").replace("\x00", "")[:255]
    caller = Caller(text("organisation_id"), text("team_id"), text("key_id"), actor, text("provider"), model)
    return Kind(caller, record["type"], text("outcome", 16), text("error_code"))


def _amounts(record: Mapping[str, Any]) -> dict[str, int]:
    found = {name: int(record.get(name) or 0) for name in SUMS}
    return {"events": 1, "priced": int(record.get("cost_nano") is not None), **found}


def _start(seconds: int, width: int) -> datetime:
    return datetime.fromtimestamp(seconds - seconds % width, UTC)


def _row(key: tuple[int, datetime, Kind] | tuple[int, datetime, Latency], amounts: Mapping[str, int]) -> dict[str, Any]:
    width, start, what = key
    about = what._asdict()
    caller = about.pop("caller")._asdict()
    return {"id": _id(key), "width": width, "start": start, **caller, **about, **amounts}


def _id(key: tuple[Any, ...]) -> uuid.UUID:
    return uuid.UUID(bytes=hashlib.blake2b(repr(key).encode(), digest_size=16).digest())


def _upsert(alias: str, model: type[models.Model], rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    connection = connections[alias]
    known = {field.name: field for field in model._meta.concrete_fields}
    fields = [known[name] for name in rows[0]]
    quoted = [connection.ops.quote_name(str(field.column)) for field in fields]
    added = [name for name in quoted if name.strip('"') in {"events", "priced", *SUMS}]
    table = connection.ops.quote_name(model._meta.db_table)
    changes = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in added)
    marks = ", ".join(["%s"] * len(fields))
    # Names from the model only.
    sql = f"INSERT INTO {table} ({', '.join(quoted)}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {changes}"  # noqa: S608
    # Always in the same order: two writers of other tables cannot lock each other out.
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    values = [tuple(_stored(field, row[field.name], connection) for field in fields) for row in ordered]
    with connection.cursor() as cursor:
        for first in range(0, len(values), PER_STATEMENT):
            cursor.executemany(sql, values[first : first + PER_STATEMENT])


def _stored(field: Any, value: Any, connection: Any) -> Any:
    return field.get_db_prep_save(value, connection)
