"""Filling the review queues from the log: by their searches, by sample, each event considered once."""

import hashlib
import uuid
from decimal import Decimal

import structlog
from django.conf import settings
from django.db.models import Q, QuerySet

from audit.actions.queue_event import queue_event
from audit.models import AuditEvent, ReviewQueue
from audit.review.filters import BadFilter, filters_of

logger = structlog.get_logger(__name__)
MOST_LEAVES = 20_000
# Looking at the evidence must not make evidence that asks to be looked at.
NEVER = Q(category="review") | Q(type="data.content.viewed")


def feed_queues() -> int:
    """How many items were added. A queue whose search is no search any more is named and left alone."""
    added = 0
    for queue in ReviewQueue.objects.filter(enabled=True):
        try:
            added += feed(queue)
        except BadFilter as error:
            logger.warning("review.queue_not_fed", queue=queue.name, reason=str(error))
    return added


def feed(queue: ReviewQueue) -> int:
    """Consider the leaves since the last time, up to MOST_LEAVES. Raises BadFilter."""
    events: QuerySet[AuditEvent] = AuditEvent.objects.using(settings.AUDIT_DB_ALIAS).defer("raw", "leaf_hash")
    last = events.filter(leaf_index__gt=queue.fed_up_to).order_by("leaf_index").values_list("leaf_index", flat=True)
    newest = max(last[:MOST_LEAVES], default=None)
    if newest is None:
        return 0
    wanted = filters_of(queue.query)
    found = events.filter(wanted.dimensional, leaf_index__gt=queue.fed_up_to, leaf_index__lte=newest).exclude(NEVER)
    if wanted.rest is not None:
        found = found.filter(wanted.rest)
    if queue.organisation_id:
        found = found.filter(organisation_id=queue.organisation_id)
    drawn = [event for event in found.order_by("leaf_index") if in_sample(event.pk, queue.sample_percent)]
    added = sum(queue_event(queue, event, by_hand=False) for event in drawn)
    # Only now: a crash in between considers the same leaves again, and finds their items already there.
    ReviewQueue.objects.filter(pk=queue.pk).update(fed_up_to=newest)
    return added


def in_sample(event_id: uuid.UUID, percent: Decimal) -> bool:
    """By the hash of the id: the same answer every time, and nobody's choice."""
    draw = int.from_bytes(hashlib.sha256(event_id.bytes).digest()[:8], "big")
    return draw < int(percent * (1 << 64) / 100)
