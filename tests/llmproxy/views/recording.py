"""What a call left in the audit log."""

from typing import Any

from asgiref.sync import sync_to_async
from django.apps import apps

from audit.ingest.ingestor import Ingestor
from audit.models import AuditEvent


@sync_to_async
def recorded(settings: Any) -> list[AuditEvent]:
    """The proxy's records, taken in now."""
    apps.get_app_config("audit").close()
    Ingestor(settings.AUDIT_SPOOL, settings.AUDIT_NODE).run()
    return list(AuditEvent.objects.filter(category="proxy").order_by("leaf_index"))
