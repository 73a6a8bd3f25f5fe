"""Taking an item to look at it: one person at a time."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.actions.errors import NotNow
from audit.models import ReviewItem, ReviewQueue

LEAD = "audit.lead_reviews"


def next_item(queue: ReviewQueue, user: Any) -> ReviewItem | None:
    """Reserve the oldest item that this person may judge; None where there is none."""
    person = str(user.pk)
    states = ReviewItem.OPEN if user.has_perm(LEAD) else ReviewItem.OPEN[:2]
    free = Q(reserved_until__isnull=True) | Q(reserved_until__lte=timezone.now()) | Q(reserved_by=person)
    waiting = queue.items.filter(free, state__in=states, assigned_to__in=("", person))
    judged = Q(actions__kind="verdict", actions__person_id=person)
    for pk in waiting.exclude(judged).order_by("-assigned_to", "created_at", "id").values_list("pk", flat=True)[:20]:
        try:
            return reserve_item(pk, user)
        except NotNow:  # somebody was faster
            continue
    return None


def reserve_item(item_id: Any, user: Any) -> ReviewItem:
    """Raises NotNow: somebody else looks at it, or it is not this person's to judge."""
    person = str(user.pk)
    with transaction.atomic():
        item = ReviewItem.objects.select_for_update().select_related("queue").get(pk=item_id)
        if item.is_reserved() and not item.is_reserved_by(person):
            raise NotNow(f"{item.reserved_by_name} is looking at this item until {item.reserved_until:%H:%M} UTC.")
        if not item.may_be_judged_by(person, lead=user.has_perm(LEAD)):
            raise NotNow("This item is decided, assigned to somebody else, or you have judged it already.")
        item.reserve(person, user.get_username())
        item.save()
    return item


def release_item(item: ReviewItem, user: Any) -> None:
    """Put it back without a verdict."""
    mine = ReviewItem.objects.filter(pk=item.pk, reserved_by=str(user.pk))
    mine.update(reserved_by="", reserved_by_name="", reserved_until=None)
