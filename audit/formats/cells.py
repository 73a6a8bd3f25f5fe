"""An event as a row of cells: for CSV and Parquet alike."""

import json
from collections.abc import Iterable
from typing import Any

from django.db import models

from audit.models import AuditEvent

LEFT_OUT = frozenset({"raw", "leaf_hash", "attrs", "actor_roles"})
FIELDS = tuple(field for field in AuditEvent._meta.concrete_fields if field.name not in LEFT_OUT)
NAMES = (*(field.name for field in FIELDS), "actor_roles", "attrs", "leaf_hash", "record")
# Cells that begin so are formulas to a spreadsheet (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def row(event: AuditEvent) -> list[Any]:
    """Its values in the order of NAMES: numbers and moments as they are, all else as text."""
    plain = [_value(field, getattr(event, field.name)) for field in FIELDS]
    raw = bytes(event.raw).decode("utf-8", "replace")
    attrs = json.dumps(event.attrs, ensure_ascii=False, sort_keys=True)
    return [*plain, ", ".join(map(str, event.actor_roles)), attrs, bytes(event.leaf_hash).hex(), raw]


def kind_of(field: Any) -> str:
    """moment, number or text."""
    if isinstance(field, models.DateTimeField):
        return "moment"
    return "number" if isinstance(field, models.IntegerField) else "text"


def safe(values: Iterable[Any]) -> list[str]:
    """For a spreadsheet: what it would take for a formula gets an apostrophe before it."""
    return [_safe(value) for value in values]


def _value(field: Any, value: Any) -> Any:
    return str(value) if kind_of(field) == "text" and value is not None else value


def _safe(value: Any) -> str:
    if value is None:
        return ""
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text
