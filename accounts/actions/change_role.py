"""Give a member another role or another team."""

from django.db import transaction

from accounts.actions.membership_rules import check_may_grant, check_owner_remains
from accounts.change_records import record_change
from accounts.models import Membership, Team, User


def execute(membership: Membership, role: str, *, team: Team | None = None, by: User | None = None) -> Membership:
    """The changed membership, in force at once in the admin and within a second in the gateway.

    Args:
        team: the team from now on; None for none.

    Raises:
        RoleNotGrantable: `by` may not take the old role or give the new one.
        LastOwner: the organisation would have no owner.
        ValidationError: the roles do not go together, or the team is another organisation's.
    """
    with transaction.atomic():
        membership = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
        check_may_grant(by, membership.organisation, membership.role, role)
        if role != membership.role:
            check_owner_remains(membership)
        changed = [name for name, new in (("role", role), ("team", team)) if getattr(membership, name) != new]
        membership.role, membership.team = role, team
        membership.full_clean()
        membership.save()
        record_change(membership, "updated", changed)
    return membership
