"""Say who is in a team. Roles stay as they are: a team is where use is counted, not what one may do."""

from collections.abc import Iterable

from django.db import transaction

from accounts.change_records import record_change
from accounts.models import Membership, Team


def execute(team: Team, members: Iterable[Membership]) -> int:
    """How many places changed; whoever is not among `members` is in no team afterwards, if he was in this one.

    Raises:
        ValidationError: a place is of another organisation.
    """
    wanted = {place.pk for place in members}
    with transaction.atomic():
        rows = Membership.objects.select_for_update().filter(organisation_id=team.organisation_id)
        leaving = list(rows.filter(team=team).exclude(pk__in=wanted))
        coming = list(Membership.objects.select_for_update().filter(pk__in=wanted).exclude(team=team))
        for place, new in (*((row, None) for row in leaving), *((row, team) for row in coming)):
            place.team = new
            place.full_clean()
            place.save(update_fields=["team"])
            record_change(place, "updated", ["team"])
    return len(leaving) + len(coming)
