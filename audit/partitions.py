"""The months of the log on PostgreSQL: each a partition by range of the id, which begins with the time (AUDIT 4).

On SQLite the same model is one ordinary table, and every function here says so: there is nothing to do.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connections, transaction
from django.utils import timezone

from audit.event_ids import first_id, moment_of

TABLE = "audit_event"
DEFAULT = "audit_event_default"
AHEAD = 3
MOST_COUNTED = 1000
FUNCTION = "audit_event_refuse"


@dataclass(frozen=True, slots=True)
class Partition:
    """One of them. `since` and `until` are None for the one that takes what belongs nowhere; `size` in bytes."""

    name: str
    since: dt.datetime | None
    until: dt.datetime | None
    size: int


def is_partitioned(alias: str) -> bool:
    """Whether the log's table is one of partitions."""
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(%s)", [TABLE])
        found = cursor.fetchone()
    return bool(found and found[0])


def partitions(alias: str) -> list[Partition]:
    """All of them, the oldest first, the default one last. Raises DatabaseError."""
    if not is_partitioned(alias):
        return []
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid), pg_total_relation_size(c.oid) "
            "FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(%s)",
            [TABLE],
        )
        found = [_parsed(*row) for row in cursor.fetchall()]
    return sorted(found, key=lambda one: (one.since is None, one.since))


def ensure(alias: str, ahead: int = AHEAD) -> list[str]:
    """Make those of this month and of `ahead` months after it where they are missing; the names of the new ones.

    Raises:
        DatabaseError: the default partition holds events of such a month (see `strayed`).
    """
    if not is_partitioned(alias):
        return []
    present = {one.name for one in partitions(alias)}
    month, made = _month(timezone.now()), []
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        for _ in range(ahead + 1):
            if name_of(month) not in present:
                make(cursor, month)
                made.append(name_of(month))
            month = _month(month + dt.timedelta(days=32))
    return made


def strayed(alias: str) -> int:
    """How many events lie in the default partition, which must be empty; counted up to a thousand."""
    if not is_partitioned(alias):
        return 0
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM {DEFAULT} LIMIT {MOST_COUNTED}) AS few")  # noqa: S608
        return int(cursor.fetchone()[0])


def drop_empty(alias: str) -> list[str]:
    """Drop the partitions of months that are over and of which retention left nothing; their names."""
    now, gone = timezone.now(), []
    for one in partitions(alias):
        if one.until is None or one.until > now:
            continue
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(f"LOCK TABLE {one.name} IN ACCESS EXCLUSIVE MODE")
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {one.name})")  # noqa: S608 (names from the catalogue)
            if not cursor.fetchone()[0]:
                cursor.execute(f"ALTER TABLE {TABLE} DETACH PARTITION {one.name}")
                cursor.execute(f"DROP TABLE {one.name}")
                gone.append(one.name)
    return gone


def name_of(month: dt.datetime) -> str:
    """Such as audit_event_2026_11."""
    return f"{TABLE}_{month:%Y_%m}"


def make(cursor: Any, month: dt.datetime) -> None:
    """The partition of the month that begins at `month`."""
    since, until = first_id(month), first_id(_month(month + dt.timedelta(days=32)))
    name = name_of(month)
    cursor.execute(f"CREATE TABLE {name} PARTITION OF {TABLE} FOR VALUES FROM ('{since}') TO ('{until}')")
    protect(cursor, name)


def protect(cursor: Any, name: str) -> None:
    """Emptying a partition alone is refused as well, where the table's triggers are on."""
    cursor.execute("SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgname = %s",
                   [TABLE, f"{TABLE}_no_truncate"])  # fmt: skip
    if cursor.fetchone() is not None:
        cursor.execute(
            f"CREATE TRIGGER {TABLE}_no_truncate BEFORE TRUNCATE ON {name} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
        )


def months_between(first: UUID, last: UUID) -> list[dt.datetime]:
    """The beginnings of the months from one id's to the other's."""
    month, found = _month(moment_of(first)), []
    while month <= moment_of(last):
        found.append(month)
        month = _month(month + dt.timedelta(days=32))
    return found


def _month(when: dt.datetime) -> dt.datetime:
    return when.astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _parsed(name: str, bound: str, size: int) -> Partition:
    if bound == "DEFAULT":
        return Partition(name, None, None, size)
    ids = [UUID(text) for text in bound.split("'")[1::2]]
    return Partition(name, moment_of(ids[0]), moment_of(ids[1]), size)
