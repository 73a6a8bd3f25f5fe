"""A reviewer's verdict, and what follows from it."""

from typing import Any

from django.db import transaction

from audit.actions.errors import NotNow
from audit.actions.queue_event import target_of
from audit.actions.reserve_item import LEAD
from audit.log import record
from audit.models import ReviewAction, ReviewItem, Verdict

LONGEST_COMMENT = 4000


def give_verdict(item_id: Any, user: Any, verdict: str, comment: str) -> ReviewItem:
    """Judge an item that this person holds.

    Raises:
        NotNow: it is not reserved by this person any more, or not his to judge; an unclear verdict without a comment.
    """
    if verdict not in Verdict.values:
        raise NotNow("Choose one of the verdicts.")
    if len(comment) > LONGEST_COMMENT:
        raise NotNow(f"A comment has at most {LONGEST_COMMENT:,} characters.")
    if verdict != Verdict.FINE and not comment.strip():
        raise NotNow("Say in a comment what you found.")
    person = str(user.pk)
    with transaction.atomic():
        item = ReviewItem.objects.select_for_update().select_related("queue").get(pk=item_id)
        if not item.is_reserved_by(person):
            raise NotNow("Your reservation has run out. Take the item again.")
        if not item.may_be_judged_by(person, lead=user.has_perm(LEAD)):
            raise NotNow("This item is not yours to judge.")
        ReviewAction.objects.create(
            item=item,
            kind=ReviewAction.Kind.VERDICT,
            person_id=person,
            person_name=user.get_username(),
            verdict=verdict,
            comment=comment.strip(),
        )
        item.judge(verdict)
        item.save()
        record(
            "review.item.decided",
            target=target_of(item.pk, item.event_type),
            organisation_id=item.organisation_id,
            attrs={"event": str(item.event_id), "queue": item.queue.name, "verdict": verdict, "state": item.state},
        )
    return item
