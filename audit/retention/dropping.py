"""Taking rows out of the append-only table: the one place that may, in one transaction with the record of it."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.models import QuerySet

from audit import partitions
from audit.models import AuditEvent

TABLE = partitions.TABLE
STAYS = "audit_event_stays"


def drop(alias: str, rows: QuerySet[AuditEvent], month: dt.datetime) -> int:
    """Remove `rows`, all of the month that begins at `month`, inside the caller's transaction; how many that were.

    On PostgreSQL the month's partition is dropped and made anew of what stays. On SQLite, and for rows that lie in no
    partition of their month, one statement deletes them with the append-only triggers lifted; a crash rolls both back.
    """
    name, gone = partitions.name_of(month), 0
    if name in {one.name for one in partitions.partitions(alias)}:
        gone = _made_anew(alias, rows, name, month)
        if not rows.exists():
            return gone
    return gone + _deleted(alias, rows)


def _made_anew(alias: str, rows: QuerySet[AuditEvent], name: str, month: dt.datetime) -> int:
    """Drop the partition; what stays was put aside before, and goes into the new one."""
    going, params = rows.values("pk").query.get_compiler(alias).as_sql()
    with connections[alias].cursor() as cursor:
        # Before anybody is locked out: readers wait only while what stays is put back.
        cursor.execute(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(
            f"CREATE TEMP TABLE {STAYS} ON COMMIT DROP AS SELECT * FROM {name} WHERE id NOT IN ({going})",  # noqa: S608
            params,
        )
        cursor.execute(f"SELECT (SELECT count(*) FROM {name}) - (SELECT count(*) FROM {STAYS})")  # noqa: S608
        gone = int(cursor.fetchone()[0])
        cursor.execute(f"ALTER TABLE {TABLE} DETACH PARTITION {name}")
        cursor.execute(f"DROP TABLE {name}")
        partitions.make(cursor, month)
        cursor.execute(f"INSERT INTO {TABLE} SELECT * FROM {STAYS}")  # noqa: S608 (names of ours)
        cursor.execute(f"DROP TABLE {STAYS}")
    return gone


def _deleted(alias: str, rows: QuerySet[AuditEvent]) -> int:
    with lifted(alias):
        return int(rows._raw_delete(alias))  # Django's own fast path, without signals


@contextmanager
def lifted(alias: str) -> Iterator[None]:
    """The table without the triggers that refuse deletion; they are as they were afterwards."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        restore = _lift_sqlite(cursor) if connection.vendor == "sqlite" else _lift_postgresql(cursor)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for statement in restore:
                cursor.execute(statement)


def _lift_sqlite(cursor: Any) -> list[str]:
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE])
    found = [(name, sql) for name, sql in cursor.fetchall() if "DELETE" in sql.upper()]
    for name, _ in found:
        cursor.execute(f'DROP TRIGGER "{name}"')
    return [sql for _, sql in found]


def _lift_postgresql(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
        "WHERE NOT tgisinternal AND tgenabled <> 'D' AND relname LIKE %s",
        [f"{TABLE}%"],
    )
    found = [(str(table), str(name)) for table, name in cursor.fetchall()]
    for table, name in found:
        cursor.execute(f'ALTER TABLE {table} DISABLE TRIGGER "{name}"')
    return [f'ALTER TABLE {table} ENABLE TRIGGER "{name}"' for table, name in found]
