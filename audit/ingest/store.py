"""Adding leaves: dedupe, number, hash, insert, all in the caller's transaction under the tree's lock."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import connections, models
from django.utils import timezone

from audit.ingest.growth import grow
from audit.ingest.projection import Record, projected
from audit.models import AuditEvent, TreeState
from audit.rollups import accumulate
from audit.tree.leaves import leaf_hash

Leaf = tuple[dict[str, Any], bytes]  # a record and its exact bytes


class Store:
    """Writes to the audit database. Used inside `transaction.atomic(using=alias)`."""

    def __init__(self) -> None:
        self.alias: str = settings.AUDIT_DB_ALIAS
        self._connection = connections[self.alias]
        fields = AuditEvent._meta.concrete_fields
        self._fields = fields
        self._ordered: Callable[[dict[str, Any]], tuple[Any, ...]] = itemgetter(*(field.attname for field in fields))
        converters = [(field.attname, self._converter(field)) for field in fields]
        self._converters = [(name, convert) for name, convert in converters if convert is not None]
        columns = ", ".join(self._connection.ops.quote_name(str(field.column)) for field in fields)
        self._columns = columns
        marks = ", ".join(["%s"] * len(fields))
        self._insert = f"INSERT INTO audit_event ({columns}) VALUES ({marks})"  # noqa: S608 (names from the model)

    def locked_tree(self) -> TreeState:
        """The tree's row, locked until the transaction ends: one ingester numbers leaves at a time."""
        TreeState.objects.using(self.alias).get_or_create(id=1)
        return TreeState.objects.using(self.alias).select_for_update().get(id=1)

    def add(self, leaves: Sequence[Leaf]) -> int:
        """Append the leaves that are not in the log yet, in order; how many that were."""
        tree = self.locked_tree()
        fresh = self._fresh(leaves)
        now = timezone.now()
        hashes = [leaf_hash(raw) for _, raw in fresh]
        rows = [self._row(*leaf, hashes[n], tree.size + n, now) for n, leaf in enumerate(fresh)]
        if rows:
            with self._connection.cursor() as cursor:
                if self._connection.vendor == "postgresql":
                    self._copy(cursor, rows)
                else:
                    cursor.executemany(self._insert, rows)
            grow(self.alias, tree, hashes)
            accumulate.add(self.alias, [record for record, _ in fresh])
        return len(rows)

    def _copy(self, cursor: Any, rows: Sequence[tuple[Any, ...]]) -> None:
        with cursor.copy(f"COPY audit_event ({self._columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def _fresh(self, leaves: Sequence[Leaf]) -> list[Leaf]:
        ids = [uuid.UUID(record["id"]) for record, _ in leaves]
        known = set(AuditEvent.objects.using(self.alias).filter(pk__in=ids).values_list("pk", flat=True))
        fresh: list[Leaf] = []
        for event_id, leaf in zip(ids, leaves, strict=True):
            if event_id not in known:
                known.add(event_id)
                fresh.append(leaf)
        return fresh

    def _row(
        self, record: dict[str, Any], raw: bytes, digest: bytes, leaf_index: int, now: datetime
    ) -> tuple[Any, ...]:
        columns = record.columns if isinstance(record, Record) else projected(record)
        values = columns | {"leaf_index": leaf_index, "ingested_at": now, "raw": raw, "leaf_hash": digest}
        for name, convert in self._converters:
            values[name] = convert(values[name])
        return self._ordered(values)

    def _converter(self, field: "models.Field[Any, Any]") -> Callable[[Any], Any] | None:
        """Only some types need the database's own form; asking Django for each value would cost too much."""
        connection = self._connection
        if isinstance(field, models.UUIDField):
            return None if connection.features.has_native_uuid_field else lambda value: value and value.hex
        special = (models.DateTimeField, models.JSONField, models.GenericIPAddressField)
        if isinstance(field, special):
            return lambda value: field.get_db_prep_save(value, connection)
        return None
