"""Which database holds what: the audit log its own, the outbox the application's."""

from typing import Any

from django.conf import settings
from django.db.models import Model

# Rows whose changes leave a record in the same transaction, and the outbox that takes it.
OF_THE_APPLICATION = frozenset(
    (
        "outboxrecord",
        "controlchange",
        "reviewqueue",
        "reviewitem",
        "reviewaction",
        "exportjob",
        "destination",
        "anchor",
        "auditpolicy",
        "retentionpolicy",
        "legalhold",
        "subjectrequest",
        "alertrule",
        "alert",
        "reviewcase",
        "caseitem",
        "casenote",
    )  # fmt: skip
)


class AuditRouter:
    """The log goes to AUDIT_DB_ALIAS, where that is a database of its own."""

    def db_for_read(self, model: type[Model], **_: Any) -> str | None:
        """Django's hook."""
        return self._alias(model._meta.app_label, model._meta.model_name)

    def db_for_write(self, model: type[Model], **_: Any) -> str | None:
        """Django's hook."""
        return self._alias(model._meta.app_label, model._meta.model_name)

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        """Tables are made where they are used. Operations without a model say where by the hint `audit_log`."""
        if settings.AUDIT_DB_ALIAS == "default":
            return None
        if hints.get("audit_log"):
            return db == settings.AUDIT_DB_ALIAS
        if app_label == "audit" and model_name is None:
            return None
        return db == (self._alias(app_label, model_name) or "default")

    def _alias(self, app_label: str, model_name: str | None) -> str | None:
        if app_label != "audit" or model_name in OF_THE_APPLICATION:
            return None
        return str(settings.AUDIT_DB_ALIAS)
