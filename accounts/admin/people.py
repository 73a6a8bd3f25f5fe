"""People: who may sign in. They set their own passwords, and bring their own second factor."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from unfold.forms import UserChangeForm

from accounts.actions import end_sessions, set_person_active
from accounts.admin.members import acting
from accounts.admin.person_sessions import PersonSessions
from accounts.admin.tenancy import MembershipInline, TenantAdmin, is_superuser
from accounts.models import User


@admin.register(User)
class PersonAdmin(PersonSessions, UserAdmin, TenantAdmin):  # type: ignore[type-arg,misc]  # not subscriptable; unfold is untyped
    """What people may do comes from their roles; the account itself is the installation's business."""

    tenant_path = "memberships__organisation"
    form = UserChangeForm
    list_display = ("username", "email", "is_active", "is_superuser", "last_login", "sessions_link")
    list_filter = ("is_active", "is_superuser")
    inlines = (MembershipInline,)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    actions = ("end_their_sessions", "switch_off", "switch_on")
    fieldsets = (
        (None, {"fields": ("username", "first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_superuser")}),
        ("So far", {"fields": ("last_login", "date_joined")}),
    )

    def get_urls(self) -> list[URLPattern]:
        """Without Django's page that sets another person's password (ASVS 6.4.6)."""
        return [*self.sessions_urls(), *super(UserAdmin, self).get_urls()]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """As every row; switching off also signs out."""
        super().save_model(request, obj, form, change)
        if change and "is_active" in form.changed_data and not obj.is_active:
            end_sessions.execute(obj, "disabled")

    @admin.action(description="Sign the selected people out everywhere", permissions=["change"])
    def end_their_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Browsers, refresh tokens and access tokens."""
        for person in queryset:
            end_sessions.execute(person, "ended_by_administrator")
        messages.success(request, "Signed out. Their tokens stop working within a second.")

    @admin.action(description="Switch the selected people off", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Not oneself: somebody must be left to switch on again."""
        others = queryset.exclude(pk=acting(request).pk)
        messages.success(request, f"{sum(set_person_active.execute(row, False) for row in others)} switched off.")

    @admin.action(description="Switch the selected people on", permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """They sign in anew."""
        messages.success(request, f"{sum(set_person_active.execute(row, True) for row in queryset)} switched on.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People are invited."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An account may belong to several organisations, so that none of them owns it; others may look."""
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Switched off, never deleted: the log refers to them."""
        return False
