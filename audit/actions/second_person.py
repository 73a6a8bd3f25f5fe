"""Who may decide what another person asked for: only who holds the role, and never because he runs the machine."""

from typing import Any


def holds(user: Any, permission: str, organisation_id: str) -> bool:
    """Whether a role of `user` allows it there; what concerns every organisation must be allowed in each.

    A superuser has no role by being one: the rules of evidence are kept by those who answer for it.
    """
    if not user.is_active or not hasattr(user, "organisation_ids_with"):
        return False
    held = set(user.organisation_ids_with(permission))
    if organisation_id:
        return organisation_id in held
    return bool(held) and held >= set(user.all_organisation_ids())


def may_ask(user: Any, permission: str, organisation_id: str) -> bool:
    """Whether `user` may ask for it: by a role, or as who runs the installation."""
    return bool(user.is_active and user.is_superuser) or holds(user, permission, organisation_id)


def may_decide(user: Any, permission: str, organisation_id: str, asked_by: str) -> bool:
    """Whether `user` is a second person whose role allows the decision."""
    return str(user.pk) != asked_by and holds(user, permission, organisation_id)
