"""Taking rows out of the append-only table: the one place that may, in one transaction with the record of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.models import QuerySet

from audit.models import AuditEvent

TABLE = "audit_event"


def drop(alias: str, rows: QuerySet[AuditEvent]) -> int:
    """Remove `rows` by one statement, with the append-only triggers lifted inside the caller's transaction.

    A crash rolls the triggers back with everything else. How many rows that were.
    """
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
