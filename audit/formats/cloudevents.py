"""Events as CloudEvents 1.0 (structured JSON); the record is the data."""

import json
from typing import Any

from django.conf import settings

from audit.models import AuditEvent


def as_cloudevent(event: AuditEvent) -> dict[str, Any]:
    """One event. `source` is the log's origin, `id` the record's: together they tell repetitions apart."""
    subject = {"subject": f"{event.target_type}/{event.target_id}"} if event.target_id else {}
    return {
        "specversion": "1.0",
        "id": str(event.pk),
        "source": f"//{settings.AUDIT_ORIGIN}",
        "type": f"gatehouse.audit.{event.type}.v{event.schema_version}",
        "time": event.occurred_at.isoformat().replace("+00:00", "Z"),
        **subject,
        "datacontenttype": "application/json",
        "leafindex": str(event.leaf_index),
        "leafhash": bytes(event.leaf_hash).hex(),
        "data": json.loads(bytes(event.raw)),
    }
