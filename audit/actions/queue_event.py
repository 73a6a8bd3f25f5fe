"""Putting one event into a review queue."""

import uuid

from django.db import transaction

from audit.context import Target
from audit.log import record
from audit.models import AuditEvent, ReviewItem, ReviewQueue


def queue_event(queue: ReviewQueue, event: AuditEvent, *, by_hand: bool) -> bool:
    """True if it was not there yet. The unique key of the item makes twice the same as once."""
    with transaction.atomic():
        item, added = ReviewItem.objects.get_or_create(
            queue=queue,
            event_id=event.pk,
            defaults={"event_type": event.type, "organisation_id": event.organisation_id},
        )
        if added:
            record(
                "review.item.queued",
                target=target_of(item.pk, event.type),
                organisation_id=event.organisation_id,
                attrs={"queue": queue.name, "event": str(event.pk), "by_hand": by_hand},
            )
    return added


def target_of(item_id: uuid.UUID, event_type: str) -> Target:
    """What a record about an item names."""
    return Target("review_item", str(item_id), event_type)
