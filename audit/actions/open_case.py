"""Opening a case, and putting events into it: from an event's page, from a review item, from an alert."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from audit.actions.errors import NotNow
from audit.actions.work_on_case import check_open, note_step, record_step
from audit.models import AuditEvent, CaseItem, CaseNote, ReviewAction, ReviewCase, ReviewItem
from audit.models.export_job import may

ADD = "audit.add_reviewcase"
MOST_ITEMS = 1000
LONGEST_TITLE, LONGEST_ABOUT, LONGEST_NOTE = 150, 4000, 500


def open_case(user: Any, organisation_id: str, title: str, about: str = "") -> ReviewCase:
    """A case that its opener looks after. Raises NotNow: no title, or not this person's to open there."""
    if not may(user, ADD, organisation_id):
        raise NotNow("Your roles do not let you open cases here.")
    title = title.strip()
    if not 3 <= len(title) <= LONGEST_TITLE:
        raise NotNow(f"Give the case a title of 3 to {LONGEST_TITLE} characters.")
    if len(about) > LONGEST_ABOUT:
        raise NotNow(f"Say what it is about in at most {LONGEST_ABOUT:,} characters.")
    name = user.get_username()
    with transaction.atomic():
        case = ReviewCase.objects.create(
            organisation_id=organisation_id, title=title, about=about.strip(), owner_id=str(user.pk), owner_name=name,
            opened_by_name=name,
        )  # fmt: skip
        note_step(case, user, CaseNote.Kind.OPENED)
        record_step(case, "opened", to=name)
    return case


def add_events(case: ReviewCase, user: Any, events: Iterable[AuditEvent], note: str = "") -> int:
    """How many of them were not in it yet. Raises NotNow: closed, full, another organisation's event."""
    if len(note) > LONGEST_NOTE:
        raise NotNow(f"A note has at most {LONGEST_NOTE} characters.")
    added = 0
    with transaction.atomic():
        case = ReviewCase.objects.select_for_update().get(pk=case.pk)
        check_open(case, user)
        for event in events:
            if case.organisation_id and event.organisation_id != case.organisation_id:
                raise NotNow("The event belongs to another organisation than the case.")
            added += _add(case, user, event, note.strip())
        if case.items.count() > MOST_ITEMS:
            raise NotNow(f"A case holds at most {MOST_ITEMS:,} events.")
    return added


def escalate_item(item: ReviewItem, user: Any, event: AuditEvent, case: ReviewCase | None, title: str) -> ReviewCase:
    """The event under review becomes part of a case, of a new one where `case` is None. Raises NotNow."""
    with transaction.atomic():
        case = case or open_case(user, item.organisation_id, title)
        if not add_events(case, user, [event], f"from the review queue “{item.queue.name}”"[:LONGEST_NOTE]):
            raise NotNow("The event is in that case already.")
        ReviewAction.objects.create(
            item=item, kind=ReviewAction.Kind.ESCALATED, person_id=str(user.pk), person_name=user.get_username(),
            comment=f"to the case “{case.title}”",
        )  # fmt: skip
        record_step(case, "escalated", about="review.item", event=str(event.pk), queue=item.queue.name)
    return case


def _add(case: ReviewCase, user: Any, event: AuditEvent, note: str) -> bool:
    _, is_new = CaseItem.objects.get_or_create(
        case=case, event_id=event.pk,
        defaults={"event_type": event.type, "note": note, "added_by_name": user.get_username()},
    )  # fmt: skip
    if is_new:
        record_step(case, "event_added", event=str(event.pk))
    return is_new
