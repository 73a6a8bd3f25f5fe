"""Accept an invitation: as a new person, or as one who has an account."""

from django.db import transaction
from django.utils import timezone

from accounts.actions import add_member
from accounts.change_records import record_change
from accounts.errors import GatehouseError
from accounts.models import Invitation, Membership, User


class InvitationGone(GatehouseError):
    """Accepted, withdrawn or expired meanwhile."""

    status_code = 410
    default_code = "invitation_gone"
    default_detail = "This invitation is not valid any more. Ask for another one."


def as_new_person(invitation: Invitation, person: User) -> User:
    """Store the unsaved `person`, password and all, as a member. Raises InvitationGone, ValidationError."""
    with transaction.atomic():
        person.email = invitation.email
        person.full_clean()
        person.save()
        record_change(person, "created", ["username", "email"])
        _join(invitation, person)
    return person


def as_known_person(invitation: Invitation, person: User) -> Membership:
    """A further role. Raises InvitationGone; ValidationError where the person's roles do not go with it."""
    with transaction.atomic():
        return _join(invitation, person)


def _join(invitation: Invitation, person: User) -> Membership:
    # One statement: of parallel tries one wins.
    open_ = Invitation.objects.open().filter(pk=invitation.pk)
    if not open_.update(accepted_at=timezone.now(), accepted_by=person):
        raise InvitationGone
    record_change(invitation, "updated", ["accepted_at", "accepted_by"])
    place = Membership(organisation=invitation.organisation, user=person, role=invitation.role, team=invitation.team)
    return add_member.save(place, by=None)
