"""Give a person a role in an organisation."""

from django.db import transaction

from accounts.actions.membership_rules import check_may_grant
from accounts.change_records import record_change
from accounts.models import Membership, Organisation, Team, User


def execute(
    organisation: Organisation, user: User, role: str, *, team: Team | None = None, by: User | None = None
) -> Membership:
    """The new membership, in force within a second.

    Raises:
        RoleNotGrantable: `by` may not give the role.
        ValidationError: the person holds it already, holds one that does not go with it, or the team is another's.
    """
    return save(Membership(organisation=organisation, user=user, role=role, team=team), by=by)


def save(membership: Membership, *, by: User | None) -> Membership:
    """Store an unsaved row. Raises as above."""
    check_may_grant(by, membership.organisation, membership.role)
    with transaction.atomic():
        membership.full_clean()
        membership.save()
        record_change(membership, "created", ["role", "team"])
    return membership
