"""Adding records to the roll-ups: one UPSERT for each combination in the batch, not for each record."""

import hashlib
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connections, models

from audit.catalogue import COPIES_OVER
from audit.ingest.projection import NAMES, Record
from audit.models.rollup import WIDTHS, LatencyRollUp, RollUp
from audit.rollups.latency import step_of

LONGEST_MODEL = 128
# A name that nobody configured is the caller's to choose: counted together, or the table grows with every typing error.
UNKNOWN_MODEL = "(unknown)"
NAMELESS = frozenset(("model_not_found", "invalid_parameter"))
SUMS = ("tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning", "cost_nano")
MEASURES = (("duration_us", "duration"), ("ttft_us", "ttft"))
NARROWEST = min(width for width, _ in WIDTHS)
PER_STATEMENT = 200

ABOUT = (
    "organisation_id", "team_id", "key_id", "actor_id", "provider", "model_requested", "type", "outcome", "error_code",
)  # fmt: skip
_about = itemgetter(*map(NAMES.index, ABOUT))
_figures = itemgetter(*(NAMES.index(name) for name in (*SUMS, *(name for name, _ in MEASURES))))


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


Kinds = dict[tuple[int, Kind], Counter[str]]
Latencies = Counter[tuple[int, Latency]]


def add(alias: str, records: Iterable[Record]) -> None:
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


def _counted(records: Iterable[Record]) -> tuple[Kinds, Latencies]:
    """By the narrowest width alone, from which the wider ones follow. Of each record only two tuples are made."""
    groups: defaultdict[tuple[int, tuple[str, ...]], list[tuple[int | None, ...]]] = defaultdict(list)
    length = NARROWEST * 1_000_000
    for record in records:
        groups[record["ts"] // length, _about(record.columns)].append(_figures(record.columns))
    kinds: Kinds = {}
    latencies: Latencies = Counter()
    for (bucket, about), figures in groups.items():
        second, kind, columns = bucket * NARROWEST, _kind(*about), list(zip(*figures, strict=True))
        kinds.setdefault((second, kind), Counter()).update(_amounts(columns))
        if kind.outcome == "success" and kind.type not in COPIES_OVER:  # nobody waited for a copy
            for (_, measure), values in zip(MEASURES, columns[len(SUMS) :], strict=True):
                steps = Counter(step_of(value) for value in values if value is not None)
                latencies.update({(second, Latency(kind.caller, measure, step)): n for step, n in steps.items()})
    return kinds, latencies


def _kind(*about: str) -> Kind:
    organisation, team, key, actor, provider, model, kind, outcome, error_code = about
    if outcome == "denied" and error_code in NAMELESS:
        model = UNKNOWN_MODEL
    return Kind(Caller(organisation, team, key, actor, provider, model[:LONGEST_MODEL]), kind, outcome, error_code)


def _amounts(columns: Sequence[tuple[int | None, ...]]) -> dict[str, int]:
    """Of one group, given as a row of values for each figure."""
    costs = columns[SUMS.index("cost_nano")]
    sums = {name: sum(filter(None, values)) for name, values in zip(SUMS, columns, strict=False)}
    return {"events": len(costs), "priced": len(costs) - costs.count(None), **sums}


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
