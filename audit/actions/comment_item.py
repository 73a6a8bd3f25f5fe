"""A remark on an item, without a verdict."""

from typing import Any

from django.db import transaction

from audit.actions.errors import NotNow
from audit.actions.give_verdict import LONGEST_COMMENT
from audit.actions.queue_event import target_of
from audit.log import record
from audit.models import ReviewAction, ReviewItem


def comment_item(item: ReviewItem, user: Any, comment: str) -> ReviewAction:
    """Raises NotNow for an empty or endless comment."""
    text = comment.strip()
    if not 0 < len(text) <= LONGEST_COMMENT:
        raise NotNow(f"Write a comment of at most {LONGEST_COMMENT:,} characters.")
    with transaction.atomic():
        action = ReviewAction.objects.create(
            item=item,
            kind=ReviewAction.Kind.COMMENT,
            person_id=str(user.pk),
            person_name=user.get_username(),
            comment=text,
        )
        record(
            "review.comment.added",
            target=target_of(item.pk, item.event_type),
            organisation_id=item.organisation_id,
            attrs={"event": str(item.event_id)},
        )
    return action
