"""Organisations and their teams."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from accounts.actions import suspend_organisation
from accounts.admin.tenancy import MembershipInline, TenantAdmin
from accounts.models import Organisation, Team


class OrganisationMembers(MembershipInline):
    """All members of the organisation."""

    fields = ("user", "team", "role")


class TeamMembers(MembershipInline):
    """Members of the team; who they are is decided in the organisation."""

    fields = ("user", "role")


@admin.register(Organisation)
class OrganisationAdmin(TenantAdmin):
    """Tenants. Switching one off stops all of its credentials within a second."""

    tenant_path = "pk"
    list_display = ("name", "slug", "is_active", "members", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012 (Django's way)
    inlines = (OrganisationMembers,)
    actions = ("suspend", "resume")

    @admin.action(description="Suspend: end all keys, tokens and streams at once", permissions=["superuser"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Organisation]) -> None:
        """Within a second; its tokens stay dead when it works again."""
        done = sum(suspend_organisation.execute(organisation) for organisation in queryset)
        messages.success(request, f"{done} suspended. Nothing of them works any more.")

    @admin.action(description="Let suspended organisations work again", permissions=["superuser"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Organisation]) -> None:
        """Keys work again; people and programs fetch new tokens."""
        done = sum(suspend_organisation.execute(organisation, active=True) for organisation in queryset)
        messages.success(request, f"{done} work again.")

    def has_superuser_permission(self, request: HttpRequest) -> bool:
        """Tenants are the installation's business."""
        return bool(getattr(request.user, "is_superuser", False))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of members."""
        return super().get_queryset(request).annotate(member_count=Count("memberships__user", distinct=True))

    @admin.display(ordering="member_count")
    def members(self, organisation: Any) -> int:
        """How many people belong to it."""
        return int(organisation.member_count)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tenants are the installation's business."""
        return bool(getattr(request.user, "is_superuser", False))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tenants are the installation's business."""
        return bool(getattr(request.user, "is_superuser", False))


@admin.register(Team)
class TeamAdmin(TenantAdmin):
    """Teams, whose use is counted together."""

    list_display = ("name", "organisation", "members", "created_at")
    list_filter = (("organisation", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("organisation",)
    search_fields = ("name", "organisation__name")
    inlines = (TeamMembers,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of members."""
        return super().get_queryset(request).annotate(member_count=Count("memberships__user", distinct=True))

    @admin.display(ordering="member_count")
    def members(self, team: Any) -> int:
        """How many people belong to it."""
        return int(team.member_count)
