"""Send something real to a destination before it is relied on (AUDIT D10)."""

from django.conf import settings

from audit.channels.delivery import Delivery
from audit.channels.sending import send
from audit.models import AuditEvent, Destination, SignedCheckpoint


def probe(destination: Destination) -> None:
    """The newest checkpoint or event: one that it gets, or got, anyway. Raises NotDelivered."""
    alias = settings.AUDIT_DB_ALIAS
    if destination.takes == Destination.Takes.CHECKPOINTS:
        checkpoint = SignedCheckpoint.objects.using(alias).first()
        if checkpoint is not None:
            send(destination, Delivery(f"checkpoint-{checkpoint.size}", checkpoint.note))
        return
    newest = list(AuditEvent.objects.using(alias).order_by("-leaf_index")[:1])
    if newest:
        index = newest[0].leaf_index
        send(destination, Delivery(f"events-{index:012d}-{index:012d}", events=newest))
