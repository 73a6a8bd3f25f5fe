"""Giving an item to one person."""

from typing import Any

from django.db import transaction

from audit.actions.errors import NotNow
from audit.actions.queue_event import target_of
from audit.log import record
from audit.models import ReviewAction, ReviewItem


def assign_item(item_id: Any, by: Any, to: Any | None) -> ReviewItem:
    """Only `to` may take the item from now on; None: anybody again. Raises NotNow."""
    with transaction.atomic():
        item = ReviewItem.objects.select_for_update().get(pk=item_id)
        if item.state == ReviewItem.State.DECIDED:
            raise NotNow("This item is decided.")
        if to is not None and item.was_judged_by(str(to.pk)):
            raise NotNow(f"{to.get_username()} has judged this item already.")
        item.assigned_to = "" if to is None else str(to.pk)
        item.save()
        name = "anybody" if to is None else to.get_username()
        ReviewAction.objects.create(
            item=item,
            kind=ReviewAction.Kind.ASSIGNED,
            person_id=str(by.pk),
            person_name=by.get_username(),
            comment=f"to {name}",
        )
        record(
            "review.item.assigned",
            target=target_of(item.pk, item.event_type),
            organisation_id=item.organisation_id,
            attrs={"event": str(item.event_id), "to": item.assigned_to},
        )
    return item
