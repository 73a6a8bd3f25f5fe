"""What happens in a case after it was opened: notes, another owner, a hold, an export, its end."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.actions.decide_exports import request_export
from audit.actions.errors import NotNow
from audit.actions.legal_holds import place_hold
from audit.context import Target
from audit.event_ids import moment_of
from audit.log import record
from audit.models import CaseNote, ExportJob, LegalHold, ReviewCase
from audit.models.export_job import may
from audit.review.filters import filters
from audit.review.period import Period

VIEW, CHANGE = "audit.view_reviewcase", "audit.change_reviewcase"
LONGEST_NOTE = 4000
SHORTEST_STATEMENT, LONGEST_STATEMENT = 10, 1000


def check_open(case: ReviewCase, user: Any) -> None:
    """Raises NotNow: it is closed, or not this person's to work on."""
    if not may(user, CHANGE, case.organisation_id):
        raise NotNow("Your roles do not let you work on this case.")
    if case.state != ReviewCase.State.OPEN:
        raise NotNow("The case is closed. Open it again first.")


def note_case(case: ReviewCase, user: Any, text: str) -> CaseNote:
    """A note. Raises NotNow."""
    text = text.strip()
    if not 0 < len(text) <= LONGEST_NOTE:
        raise NotNow(f"Write a note of at most {LONGEST_NOTE:,} characters.")
    with transaction.atomic():
        case = _locked(case, user)
        note = note_step(case, user, CaseNote.Kind.NOTE, text)
        record_step(case, "noted")
    return note


def give_case(case: ReviewCase, user: Any, to: Any) -> ReviewCase:
    """Another person looks after it from now on. Raises NotNow: that one's roles do not let him."""
    if not may(to, CHANGE, case.organisation_id):
        raise NotNow(f"The roles of {to.get_username()} do not include working on this case.")
    with transaction.atomic():
        case = _locked(case, user)
        case.owner_id, case.owner_name = str(to.pk), to.get_username()
        case.save()
        note_step(case, user, CaseNote.Kind.OWNER, case.owner_name)
        record_step(case, "assigned", to=case.owner_name)
    return case


def hold_case(case: ReviewCase, user: Any, reason: str) -> LegalHold:
    """A legal hold on its events, and on those that are added to it later. Raises NotNow."""
    with transaction.atomic():
        case = _locked(case, user)
        hold = place_hold(
            user, case.organisation_id, f"Case: {case.title}"[:100], {"case": str(case.pk)}, (None, None), reason
        )
        note_step(case, user, CaseNote.Kind.HELD, hold.reason)
    return hold


def export_case(case: ReviewCase, user: Any, file_format: str, reason: str, *, with_content: bool = False) -> ExportJob:
    """An export of its events, which a second person approves as any other. Raises NotNow: it has none."""
    if not may(user, CHANGE, case.organisation_id):
        raise NotNow("Your roles do not let you work on this case.")
    ids = list(case.items.values_list("event_id", flat=True))
    if not ids:
        raise NotNow("There are no events in this case yet.")
    # Ids tell the time to the millisecond.
    since = min(map(moment_of, ids))
    period = Period("custom", "the case's", since, max(map(moment_of, ids)) + dt.timedelta(seconds=1), 3600)
    with transaction.atomic():
        job = request_export(
            user, case.organisation_id, file_format, period, filters({"case": str(case.pk)}), reason,
            with_content=with_content,
        )  # fmt: skip
        note_step(case, user, CaseNote.Kind.EXPORT, job.reason)
    return job


def close_case(case: ReviewCase, user: Any, statement: str) -> ReviewCase:
    """The end, with what was found and done. Raises NotNow: no statement."""
    text = statement.strip()
    if not SHORTEST_STATEMENT <= len(text) <= LONGEST_STATEMENT:
        raise NotNow(f"Say what was found and done, in {SHORTEST_STATEMENT} to {LONGEST_STATEMENT:,} characters.")
    with transaction.atomic():
        case = _locked(case, user)
        case.state, case.statement = ReviewCase.State.CLOSED, text
        case.closed_at, case.closed_by_name = timezone.now(), user.get_username()
        case.save()
        note_step(case, user, CaseNote.Kind.CLOSED, text)
        record_step(case, "closed", reason=text, events=case.items.count())
    return case


def reopen_case(case: ReviewCase, user: Any, reason: str) -> ReviewCase:
    """It goes on; the earlier statement stays in its history. Raises NotNow: it is open, no reason."""
    text = reason.strip()
    if not 5 <= len(text) <= 500:
        raise NotNow("Say in a few words why: at most 500 characters.")
    with transaction.atomic():
        case = ReviewCase.objects.select_for_update().get(pk=case.pk)
        if not may(user, CHANGE, case.organisation_id) or case.state != ReviewCase.State.CLOSED:
            raise NotNow("It is open, or your roles do not let you work on it.")
        case.state, case.statement, case.closed_at, case.closed_by_name = ReviewCase.State.OPEN, "", None, ""
        case.save()
        note_step(case, user, CaseNote.Kind.REOPENED, text)
        record_step(case, "reopened", reason=text)
    return case


def note_step(case: ReviewCase, user: Any, kind: str, text: str = "") -> CaseNote:
    """A line of its history."""
    return CaseNote.objects.create(case=case, kind=kind, person_name=user.get_username(), text=text)


def record_step(case: ReviewCase, step: str, about: str = "review.case", reason: str = "", **attrs: object) -> None:
    """Put a step on record."""
    record(
        f"{about}.{step}", target=Target("review_case", str(case.pk), case.title), reason=reason or None,
        organisation_id=case.organisation_id or None, attrs={"case": str(case.pk), **attrs},
    )  # fmt: skip


def _locked(case: ReviewCase, user: Any) -> ReviewCase:
    case = ReviewCase.objects.select_for_update().get(pk=case.pk)
    check_open(case, user)
    return case
