"""People: who may sign in."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db import transaction
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.admin.tenancy import MembershipInline, TenantAdmin
from accounts.admin_audit import record_change
from accounts.models import User


class RecordedPasswordForm(AdminPasswordChangeForm):  # type: ignore[misc]  # unfold is untyped
    """A new password, on record; what was issued under the old one ends."""

    def save(self, commit: bool = True) -> User:
        """As Django's."""
        with transaction.atomic():
            user: User = super().save(commit)
            record_change(user, "updated", ["password"])
        return user


@admin.register(User)
class PersonAdmin(UserAdmin, TenantAdmin):  # type: ignore[type-arg,misc]  # not subscriptable; unfold is untyped
    """People. What they may do with the gateway comes from their role in an organisation."""

    tenant_path = "memberships__organisation"
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = RecordedPasswordForm
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    inlines = (MembershipInline,)
    readonly_fields = ("last_login", "date_joined")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody grants what he does not hold: people are made by superusers."""
        return bool(getattr(request.user, "is_superuser", False))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for adding; others may look."""
        return bool(getattr(request.user, "is_superuser", False))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for adding."""
        return bool(getattr(request.user, "is_superuser", False))
