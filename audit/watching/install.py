"""Putting the watch on: after every migration, and again whenever it is found to be off."""

from typing import Any

from django.db import connections, transaction
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from audit.watching import postgresql, sqlite
from audit.watching.tables import NOTES, watched_tables

APPLICATION = "default"  # control tables live in the application's database, whichever the log's is


def install(alias: str = APPLICATION) -> list[str]:
    """Make every trigger what it should be; the names of those that were missing, changed or switched off."""
    connection: Any = connections[alias]
    present = set(connection.introspection.table_names())
    if NOTES not in present:
        return []
    tables = [table for table in watched_tables() if table.name in present]
    with transaction.atomic(using=alias):
        if connection.vendor == "postgresql":
            return postgresql.install(connection, tables)
        return sqlite.install(connection, tables) if connection.vendor == "sqlite" else []


def connect(sender: Any) -> None:
    """From here on the watch is put on after migrations; `sender` is the audit app."""
    post_migrate.connect(_migrated, sender=sender, dispatch_uid="audit.watching")
    connection_created.connect(_connected, dispatch_uid="audit.watching")


def _migrated(using: str, **_: Any) -> None:
    if using == APPLICATION:
        install(using)
        _connected(connections[using])


def _connected(connection: Any, **_: Any) -> None:
    if connection.alias == APPLICATION and connection.vendor == "sqlite":
        sqlite.stamp(connection)
