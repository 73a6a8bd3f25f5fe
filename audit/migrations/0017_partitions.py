"""On PostgreSQL the log becomes a table of monthly partitions; what is in it moves along. SQLite: nothing to do."""

import datetime as dt
import re
from importlib import import_module
from typing import Any
from uuid import UUID

from django.db import migrations

from audit import partitions
from audit.event_ids import first_id

OLDEST = first_id(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
OLD = "audit_event_before_partitions"
KEYS = ("audit_event_pkey", "leaf")


def divide(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'audit_event' AND schemaname = current_schema()"
        )
        indexes = [definition for name, definition in cursor.fetchall() if not any(key in name for key in KEYS)]
        cursor.execute(f"ALTER TABLE audit_event RENAME TO {OLD}")
        cursor.execute(f"CREATE TABLE audit_event (LIKE {OLD} INCLUDING DEFAULTS) PARTITION BY RANGE (id)")
        cursor.execute(f"CREATE TABLE {partitions.DEFAULT} PARTITION OF audit_event DEFAULT")
        for month in _months(cursor):
            partitions.make(cursor, month)
        cursor.execute(f"INSERT INTO audit_event SELECT * FROM {OLD}")  # noqa: S608
        cursor.execute(f"DROP TABLE {OLD}")
        cursor.execute("ALTER TABLE audit_event ADD CONSTRAINT audit_event_pkey PRIMARY KEY (id)")
        # Numbers are given under the tree's lock and checked by `audit verify`: a unique index cannot span partitions.
        cursor.execute("CREATE INDEX audit_event_by_leaf ON audit_event (leaf_index)")
        for definition in indexes:
            cursor.execute(re.sub(r" ON (ONLY )?", " ON ", definition, count=1))
        _refuse_changes(cursor)


def _months(cursor: Any) -> list[dt.datetime]:
    """Those of the events that are there, of now, and three after it."""
    now = dt.datetime.now(dt.UTC)
    ahead = first_id(now + dt.timedelta(days=31 * partitions.AHEAD))
    cursor.execute(f"SELECT id FROM {OLD} WHERE id >= %s AND id < %s ORDER BY id LIMIT 1", [OLDEST, ahead])  # noqa: S608
    found = cursor.fetchone()
    return partitions.months_between(UUID(str(found[0])) if found else first_id(now), ahead)


def _refuse_changes(cursor: Any) -> None:
    append_only = import_module("audit.migrations.0002_append_only")
    cursor.execute(append_only.POSTGRESQL_ROWS)
    cursor.execute(append_only.POSTGRESQL_TABLE)
    cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_event'::regclass")
    for (name,) in cursor.fetchall():
        partitions.protect(cursor, name)


class Migration(migrations.Migration):
    dependencies = [("audit", "0016_removed_leaves")]
    operations = [migrations.RunPython(divide, migrations.RunPython.noop, hints={"audit_log": True})]
