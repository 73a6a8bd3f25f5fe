"""Who may give and take which role: asked by every action that changes a membership."""

from accounts.errors import GatehouseError
from accounts.models import Membership, Organisation, User
from accounts.roles import Role, grantable_by


class RoleNotGrantable(GatehouseError):
    """Nobody grants what he does not hold (SECURITY 4.10)."""

    status_code = 403
    default_code = "role_not_grantable"
    default_detail = "Your own role does not let you give or take this role."


class LastOwner(GatehouseError):
    """An organisation without an owner could not be put right by its own people."""

    status_code = 409
    default_code = "last_owner"
    default_detail = "This is the organisation's only owner. Make somebody else an owner first."


def check_may_grant(by: User | None, organisation: Organisation, *roles: str) -> None:
    """None stands for the installation itself (commands, first boot). Raises RoleNotGrantable."""
    if by is None or by.is_superuser:
        return
    held = by.roles().get(str(organisation.pk), frozenset())
    if not frozenset(roles) <= grantable_by(held):
        raise RoleNotGrantable


def check_owner_remains(membership: Membership) -> None:
    """Before `membership` stops being an owner's. Raises LastOwner."""
    if membership.role == Role.OWNER and not Membership.objects.owners_besides(membership).exists():
        raise LastOwner
