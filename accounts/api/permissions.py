"""Who may call what: the same table of roles as in the admin, asked for each action and for each row."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts import browser_session
from accounts.errors import GatehouseError
from accounts.models import User
from accounts.pages.step_up import SENSITIVE

READS = frozenset({"GET", "HEAD", "OPTIONS"})
VERBS = {
    "GET": "view", "HEAD": "view", "OPTIONS": "view", "POST": "add", "PUT": "change", "PATCH": "change",
    "DELETE": "delete",
}  # fmt: skip


class StepUpRequired(GatehouseError):
    """A browser session may have been left open; a token for the management API is asked for each time it is made."""

    status_code = 403
    default_code = "step_up_required"
    default_detail = (
        "Confirm in the admin that it is you, or use a token from /api/token/ with the audience “management”."
    )


class RolePermission(BasePermission):
    """For every view of the management API. One that names neither permission nor model is refused.

    A view's `permissions_by_action`, from an action's name to `app.verb_model`, goes before what follows from its model
    and the method.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether some role of the person allows it somewhere. Raises StepUpRequired."""
        user = request.user
        if not isinstance(user, User):
            return False
        needed = needed_permission(request, view)
        allowed = needed is not None and user.has_perm(needed)
        if allowed and request.method not in READS:
            check_fresh(request, view)
        return allowed

    def has_object_permission(self, request: Request, view: Any, obj: Any) -> bool:
        """Whether a role in the organisation of the row allows it; that it may be seen was asked to find it."""
        if request.method in READS:
            return True
        user, needed = request.user, needed_permission(request, view)
        if not isinstance(user, User) or needed is None:
            return False
        return user.is_superuser or view.organisation_of(obj) in user.organisation_ids_with(needed)


def needed_permission(request: Request, view: Any) -> str | None:
    """`app.verb_model`; None where the view says too little to tell."""
    named: str | None = getattr(view, "permissions_by_action", {}).get(getattr(view, "action", None))
    if named is not None:
        return named
    model = getattr(getattr(view, "queryset", None), "model", None)
    verb = VERBS.get(request.method or "")
    if model is None or verb is None:
        return None
    if verb == "add" and getattr(view, "detail", False):  # an action on a row that exists
        verb = "change"
    return f"{model._meta.app_label}.{verb}_{model._meta.model_name}"


def check_fresh(request: Request, view: Any) -> None:
    """What the admin asks a second time for is not open to an old browser session here. Raises StepUpRequired."""
    model = getattr(getattr(view, "queryset", None), "model", None)
    sensitive = model is not None and model._meta.label_lower in SENSITIVE
    if sensitive and request.auth is None and not browser_session.is_fresh(request._request):
        raise StepUpRequired
