"""Adding leaves: dedupe, number, hash, insert, all in the caller's transaction under the tree's lock."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connections

from audit.ingest.growth import grow
from audit.ingest.projection import Record
from audit.ingest.rows import Rows
from audit.models import TreeState
from audit.rollups import accumulate
from audit.tree.leaves import leaf_hash

Leaf = tuple[dict[str, Any], bytes]  # a record and its exact bytes


class Store:
    """Writes to the audit database. Used inside `transaction.atomic(using=alias)`."""

    def __init__(self) -> None:
        self.alias: str = settings.AUDIT_DB_ALIAS
        self._rows = Rows(connections[self.alias])

    def locked_tree(self) -> TreeState:
        """The tree's row, locked until the transaction ends: one ingester numbers leaves at a time."""
        TreeState.objects.using(self.alias).get_or_create(id=1)
        return TreeState.objects.using(self.alias).select_for_update().get(id=1)

    def add(self, leaves: Sequence[Leaf]) -> int:
        """Append the leaves that are not in the log yet, in order; how many that were."""
        tree = self.locked_tree()
        fresh = self._fresh(leaves)
        if fresh:
            hashes = [leaf_hash(raw) for _, raw in fresh]
            self._rows.add(fresh, hashes, tree.size)
            grow(self.alias, tree, hashes)
            accumulate.add(self.alias, [record for record, _ in fresh])
        return len(fresh)

    def _fresh(self, leaves: Sequence[Leaf]) -> list[tuple[Record, bytes]]:
        """Each id once, and none that is in the log."""
        offered: dict[str, tuple[Record, bytes]] = {}
        for record, raw in leaves:
            found = record if isinstance(record, Record) else Record.of(record)
            offered.setdefault(found.columns[0], (found, raw))
        if offered:
            for event_id in self._rows.known(list(offered)):
                del offered[event_id]
        return list(offered.values())
