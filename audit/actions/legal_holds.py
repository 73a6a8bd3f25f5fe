"""Legal holds: placed by one person at once, released only with a second one's approval."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.utils import timezone

from audit.actions.deciding import asked_by, decided, reason_of
from audit.actions.errors import NotNow
from audit.actions.second_person import may_ask
from audit.context import Target
from audit.log import record
from audit.models import LegalHold
from audit.review.filters import BadFilter, filters

ASK = "audit.add_legalhold"
Moment = dt.datetime | None


def place_hold(
    user: Any, organisation_id: str, name: str, query: Mapping[str, str], period: tuple[Moment, Moment], reason: str,
    ticket: str = "",
) -> LegalHold:  # fmt: skip
    """From now on what the search finds, and all of the same calls, stays, whatever its age and whoever asks.

    Args:
        query: filters of the explorer; none: everything of the organisation.
        period: from, until; None where it is open.

    Raises:
        NotNow: no name, no reason, no search, or not this person's to place.
    """
    if not may_ask(user, ASK, organisation_id):
        raise NotNow("Your roles do not let you place holds here.")
    if not 3 <= len(name.strip()) <= 100:
        raise NotNow("Give the hold a name of 3 to 100 characters.")
    if period[0] is not None and period[1] is not None and period[1] <= period[0]:
        raise NotNow("The period ends before it begins.")
    try:
        wanted = filters({key: value for key, value in query.items() if key != "organisation"})
    except BadFilter as error:
        raise NotNow(str(error)) from error
    with transaction.atomic():
        hold = LegalHold.objects.create(
            organisation_id=organisation_id, name=name.strip(), query=urlencode(wanted.given), since=period[0],
            until=period[1], reason=reason_of(reason), ticket=ticket.strip()[:100], placed_by_name=user.get_username(),
        )  # fmt: skip
        _record(hold, "placed", hold.reason)
    return hold


def ask_for_release(hold_id: Any, user: Any, reason: str) -> LegalHold:
    """The hold goes on until a second person approves. Raises NotNow."""
    with transaction.atomic():
        hold = LegalHold.objects.select_for_update().get(pk=hold_id)
        if not may_ask(user, ASK, hold.organisation_id):
            raise NotNow("Your roles do not let you release holds here.")
        if not hold.is_in_force or (hold.requested_by and hold.state == LegalHold.State.REQUESTED):
            raise NotNow("It is released, or its release was asked for already.")
        why = reason_of(reason)
        for column, value in asked_by(user).items():
            setattr(hold, column, value)
        hold.state = LegalHold.State.REQUESTED
        hold.save()
        _record(hold, "release_requested", why)
    return hold


def decide_release(hold_id: Any, user: Any, *, approve: bool, note: str) -> LegalHold:
    """Release it, or not. Raises NotNow."""
    with transaction.atomic():
        hold = decided(LegalHold.objects.select_for_update().get(pk=hold_id), user, approve=approve, note=note)
        if approve:
            hold.released_at = timezone.now()
        hold.save()
        _record(hold, "released" if approve else "release_denied", hold.decision_note)
    return hold


def _record(hold: LegalHold, step: str, reason: str) -> None:
    attrs = {
        "name": hold.name, "query": hold.query, "since": hold.since.isoformat() if hold.since else "",
        "until": hold.until.isoformat() if hold.until else "",
    }  # fmt: skip
    record(
        f"retention.hold.{step}", target=Target("legal_hold", str(hold.pk), hold.name), reason=reason or None,
        organisation_id=hold.organisation_id or None, ticket=hold.ticket or None, attrs=attrs,
    )  # fmt: skip
