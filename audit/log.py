"""The only way in to the audit log."""

from collections.abc import Mapping
from typing import Any

from audit.apps import AuditConfig
from audit.context import Actor, Target


def record(
    type: str,
    *,
    outcome: str = "success",
    actor: Actor | None = None,
    target: Target | None = None,
    attrs: Mapping[str, object] | None = None,
    **columns: Any,
) -> str:
    """Put one event on record and give its id. When this returns, the record survives the process.

    Args:
        type: a name of the catalogue.
        outcome: success, failure, denied, error or aborted.
        actor: who did it; by default the one bound in `audit.context`.
        columns: of audit.columns.COLUMNS; None and "" are left out.

    Raises:
        UnknownEventType, NotRecordable: defects of the caller.
        AuditUnavailable: it could not be kept, and what it is about must not happen.
    """
    return AuditConfig.current().recorder.record(type, outcome, actor, target, attrs, columns)
