"""Putting the change of a row on record: which row, which fields, the values of those that hold no secret."""

import re
from collections.abc import Sequence

from django.db.models import Model

from accounts.changed_values import Changes
from audit.context import Target
from audit.log import record

WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def object_name(model: type[Model]) -> str:
    """`api_key` for ApiKey: how the audit catalogue names a kind of row."""
    return WORD_START.sub("_", model.__name__).lower()


def target_of(row: Model) -> Target:
    """What a record says it is about."""
    return Target(object_name(type(row)), str(row.pk), str(row)[:200])


def record_change(
    row: Model, verb: str, fields: Sequence[str] = (), target: Target | None = None, changes: Changes | None = None
) -> None:
    """`admin.<object>.<verb>`, with the names of the changed fields and what `changed_values` lets through."""
    tenant = getattr(row, "organisation_id", None)
    record(
        f"admin.{object_name(type(row))}.{verb}",
        target=target or target_of(row),
        organisation_id=str(tenant) if tenant else None,
        attrs={"fields": list(fields), **({"changes": changes} if changes else {})},
    )
