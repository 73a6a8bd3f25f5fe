"""Which tables are watched, and which of their columns change too often to mean anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string

NOTES = "audit_control_change"
OUTBOX = "audit_outbox"
INSERT, UPDATE, DELETE = "insert", "update", "delete"
EVERY = (INSERT, UPDATE, DELETE)
RECORD = "record"  # not a change: a record was put into the outbox


@dataclass(frozen=True, slots=True)
class Watch:
    """How a model's table is watched.

    Attributes:
        quiet: columns whose change alone is nothing that anybody decided.
        verbs: the kinds of change that count.
    """

    quiet: tuple[str, ...] = ()
    verbs: tuple[str, ...] = EVERY


@dataclass(frozen=True, slots=True)
class WatchedTable:
    """A table with a watch on it."""

    name: str
    key: str
    columns: tuple[str, ...]
    watch: Watch

    @property
    def loud(self) -> tuple[str, ...]:
        """Columns whose change is noted."""
        return tuple(column for column in self.columns if column not in self.watch.quiet)


def watched_tables() -> list[WatchedTable]:
    """Those that settings.AUDIT_WATCHED names. Raises LookupError: it names a model that is not installed."""
    watched: dict[str, Watch] = import_string(settings.AUDIT_WATCHED)
    models = {model._meta.label_lower: model for model in apps.get_models(include_auto_created=True)}
    return [_table(models[label], watch) for label, watch in watched.items()]


def _table(model: Any, watch: Watch) -> WatchedTable:
    meta = model._meta
    columns = tuple(str(field.column) for field in meta.concrete_fields)
    if unknown := set(watch.quiet) - set(columns):
        raise LookupError(f"{meta.label_lower} has no column {', '.join(sorted(unknown))}")
    return WatchedTable(meta.db_table, str(meta.pk.column), columns, watch)


def listed(names: Iterable[str]) -> str:
    """Names as they are kept in one column."""
    return ",".join(names)
