"""Rows of `audit_event` as each database takes them, and how they get there."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from audit.ingest.projection import NAMES, Record
from audit.models import AuditEvent

OWN = ("leaf_index", "ingested_at", "raw", "leaf_hash")  # what the log adds to a record's columns
LITERALS: dict[Any, str] = {"": "''", None: "NULL"}
EMPTY: dict[type, str] = {list: "[]", dict: "{}"}
Column = Sequence[Any]


class Rows:
    """Writes through one connection."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        quote = connection.ops.quote_name
        columns = {field.name: str(field.column) for field in AuditEvent._meta.concrete_fields}
        self._names = ", ".join(quote(columns[name]) for name in (*OWN, *NAMES))
        self._connection = connection
        self._uuid: Callable[[str], str] = str if connection.features.has_native_uuid_field else _hexadecimal

    def known(self, ids: Sequence[str]) -> set[str]:
        """Which of these ids (in their canonical form) are in the log already."""
        with self._connection.cursor() as cursor:
            if self._connection.vendor == "postgresql":
                # The bounds let the database leave out the partitions of other months.
                sql = "SELECT id::text FROM audit_event WHERE id = ANY(%s::uuid[]) AND id BETWEEN %s AND %s"
                cursor.execute(sql, [list(ids), min(ids), max(ids)])
                return {row[0] for row in cursor.fetchall()}
            stored = {self._uuid(text): text for text in ids}
            sql = "SELECT id FROM audit_event WHERE id IN (SELECT value FROM json_each(%s))"
            cursor.execute(sql, [orjson.dumps(list(stored)).decode()])
            return {stored[row[0]] for row in cursor.fetchall()}

    def add(self, leaves: Sequence[tuple[Record, bytes]], hashes: Sequence[bytes], first: int) -> None:
        """Insert events from leaf number `first` on."""
        now = str(timezone.now().replace(tzinfo=None))
        own = range(first, first + len(leaves)), [now] * len(leaves), [raw for _, raw in leaves], hashes
        columns = [*own, *self._converted(*zip(*(record.columns for record, _ in leaves), strict=True))]
        with self._connection.cursor() as cursor:
            if self._connection.vendor == "postgresql":
                with cursor.copy(f"COPY audit_event ({self._names}) FROM STDIN") as copy:
                    for row in zip(*columns, strict=True):
                        copy.write_row(row)
            else:
                self._insert(cursor, columns)

    def _insert(self, cursor: Any, columns: Sequence[Column]) -> None:
        """What no row of the batch has is written into the statement: to bind it for each row takes as long again."""
        same = [LITERALS.get(column[0]) if column.count(column[0]) == len(column) else None for column in columns]
        values = ", ".join(literal or "%s" for literal in same)
        given = [column for column, literal in zip(columns, same, strict=True) if literal is None]
        sql = f"INSERT INTO audit_event ({self._names}) VALUES ({values})"  # noqa: S608 (names from the model)
        cursor.executemany(sql, list(zip(*given, strict=True)))

    def _converted(
        self, ids: Column, writers: Column, moments: Column, roles: Column, attrs: Column, *others: Column
    ) -> Iterable[Column]:
        """Times are given in UTC: so Django reads them on SQLite, and so its connections to PostgreSQL take them."""
        made = [writer and self._uuid(writer) for writer in writers]
        plain = [list(map(self._uuid, ids)), made, list(map(str, moments))]
        return (*plain, list(map(_json, roles)), list(map(_json, attrs)), *others)


def _hexadecimal(text: str) -> str:
    return text.replace("-", "")


def _json(value: Any) -> str:
    empty = None if value else EMPTY.get(type(value))
    return empty or orjson.dumps(value).decode()
