"""Take a person's role in an organisation away."""

from django.db import transaction

from accounts.actions.membership_rules import check_may_grant, check_owner_remains
from accounts.change_records import record_change, target_of
from accounts.models import Membership, User


def execute(membership: Membership, *, by: User | None = None) -> None:
    """Tokens and pages of the person for this organisation stop working within a second.

    Raises:
        RoleNotGrantable: `by` may not take the role.
        LastOwner: the organisation would have no owner.
    """
    with transaction.atomic():
        membership = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
        check_may_grant(by, membership.organisation, membership.role)
        check_owner_remains(membership)
        target = target_of(membership)
        membership.delete()
        record_change(membership, "deleted", target=target)
