"""Keeps the process's snapshot current."""

from collections.abc import Sequence

from accounts.changes import Change
from llmproxy.catalog.loading import load
from llmproxy.catalog.snapshot import Catalog

RELOADING = frozenset({"catalog", "tenant", "reload"})


class CatalogKeeper:
    """One per process. Readers take `current` once and keep it for the whole call."""

    def __init__(self) -> None:
        self.current = Catalog()

    def load(self) -> None:
        """Read everything anew. Raises DatabaseError, leaving the snapshot as it was."""
        self.current = load(self.current.version + 1)

    def apply(self, changes: Sequence[Change]) -> None:
        """What the watcher found."""
        if any(change.kind in RELOADING for change in changes):
            self.load()
