"""Send events of a sink once more from a leaf on, for a receiver that lost them; on record."""

from django.db import transaction

from audit.context import Target
from audit.log import record
from audit.models import Destination, TreeState


def restart_sink(destination: Destination, position: int) -> None:
    """Raises ValueError: it takes no events, or there is no such leaf."""
    if destination.takes != Destination.Takes.EVENTS or not 0 <= position <= TreeState.newest_leaf() + 1:
        raise ValueError("it takes no events, or there is no such leaf")
    with transaction.atomic():
        before, destination.position, destination.next_at = destination.position, position, None
        destination.save(update_fields=["position", "next_at"])
        attrs = {"fields": ["position"], "changes": {"position": [before, position]}}
        target = Target("destination", str(destination.pk), destination.name)
        record("admin.destination.updated", target=target, attrs=attrs)
