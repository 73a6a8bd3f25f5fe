"""Members: who holds which role in which organisation, given and taken by the rules of accounts.roles."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.actions import add_member, change_role, remove_member
from accounts.actions.membership_rules import LastOwner, RoleNotGrantable, check_may_grant, check_owner_remains
from accounts.admin.tenancy import TenantAdmin, is_superuser
from accounts.models import Membership, Role, User
from accounts.roles import grantable_by


def acting(request: HttpRequest) -> User:
    """Who does it. Raises TypeError for nobody, whom the admin does not let come this far."""
    if not isinstance(request.user, User):
        raise TypeError("a signed-in person is needed")
    return request.user


def offered_roles(request: HttpRequest) -> list[tuple[str, str]]:
    """The roles that the person may give somewhere."""
    if is_superuser(request):
        return list(Role.choices)
    held = acting(request).roles().values()
    mine = frozenset().union(*(grantable_by(roles) for roles in held))
    return [choice for choice in Role.choices if choice[0] in mine]


class GrantedRoleForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """Refuses a role that the person may not give, in words, before anything is saved.

    Attributes:
        by: who fills it in; set by `for_person`.
    """

    by: User

    @classmethod
    def for_person(cls, form: type[forms.ModelForm], by: User) -> type[forms.ModelForm]:  # type: ignore[type-arg]
        """The form as `by` gets it."""
        return type(form.__name__, (form,), {"by": by})

    def clean(self) -> dict[str, Any] | None:
        """By the rules of accounts.actions.membership_rules."""
        cleaned = super().clean() or {}
        role, organisation = cleaned.get("role"), cleaned.get("organisation")
        # A new row has no organisation yet; the admin leaves a read-only field out of the form.
        if organisation is None and not self.instance._state.adding:
            organisation = self.instance.organisation
        if role and organisation is not None:
            self._check(organisation, role)
        return cleaned

    def _check(self, organisation: Any, role: str) -> None:
        old = self.instance
        try:
            check_may_grant(self.by, organisation, role, *([] if old._state.adding else [old.role]))
            if isinstance(old, Membership) and not old._state.adding and old.role != role:
                check_owner_remains(old)
        except (RoleNotGrantable, LastOwner) as error:
            raise ValidationError({"role": error.message}) from error


@admin.register(Membership)
class MembershipAdmin(TenantAdmin):
    """People of the organisations. A new person is invited; one who is known here is added."""

    form = GrantedRoleForm
    list_display = ("user", "role", "organisation", "team", "created_at")
    list_filter = (("organisation", admin.RelatedOnlyFieldListFilter), "role")
    list_select_related = ("user", "organisation", "team")
    search_fields = ("user__username", "user__email", "organisation__name")
    fields = ("user", "organisation", "team", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A place does not move to another person or organisation."""
        return () if obj is None else ("user", "organisation")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """With who fills it in."""
        return GrantedRoleForm.for_person(super().get_form(request, obj, change, **options), acting(request))

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Roles that the person may give."""
        if db_field.name == "role":
            options["choices"] = offered_roles(request)
        return super().formfield_for_choice_field(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """By the actions, which put it on record."""
        if change:
            change_role.execute(obj, obj.role, team=obj.team, by=acting(request))
        else:
            add_member.save(obj, by=acting(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not the last owner, and no role that the person could not give."""
        if not super().has_delete_permission(request, obj):
            return False
        try:
            if obj is not None:
                check_may_grant(acting(request), obj.organisation, obj.role)
                check_owner_remains(obj)
        except (RoleNotGrantable, LastOwner):
            return False
        return True

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """By the action."""
        remove_member.execute(obj, by=acting(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """All of them or none."""
        try:
            with transaction.atomic():
                for row in queryset:
                    remove_member.execute(row, by=acting(request))
        except LastOwner as error:
            messages.error(request, f"Nobody was removed. {error.message}")
