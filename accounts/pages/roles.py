"""“Roles”: what an auditor may do, and everybody else."""

from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.pages.my_account import page
from accounts.role_matrix import introductions, matrix
from accounts.roles import Role


def roles_page(request: HttpRequest) -> HttpResponse:
    """The same for everybody: it tells the rules, and whose the reader's roles are."""
    user = request.user
    mine = {role for roles in user.roles().values() for role in roles} if isinstance(user, User) else set()
    held = [str(role.label) for role in Role if role in mine]
    context = {"areas": matrix(), "about": introductions(), "roles": [str(role.label) for role in Role], "held": held}
    return page(request, "admin/accounts/roles.html", "Roles", **context)
