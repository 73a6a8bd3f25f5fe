"""Django permissions from roles: what `user.has_perm`, the admin and the API ask."""

from typing import Any

from django.contrib.auth.backends import BaseBackend

from accounts.models import User
from accounts.roles import permissions_of


class RoleBackend(BaseBackend):
    """Signs nobody in. A permission holds for some organisation of the person; querysets narrow it to which."""

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """`app.verb_model` of all the person's roles; nothing for who is switched off."""
        if not isinstance(user_obj, User) or not user_obj.is_active or obj is not None:
            return set()
        return {name for roles in user_obj.roles().values() for name in permissions_of(roles)}

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Whether the person may do anything in an app."""
        return any(name.startswith(f"{app_label}.") for name in self.get_all_permissions(user_obj))
