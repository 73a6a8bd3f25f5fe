"""Organisations and their teams."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.actions import set_team_members, suspend_organisation
from accounts.admin.tenancy import MembershipInline, TenantAdmin
from accounts.models import Membership, Organisation, Team


class OrganisationMembers(MembershipInline):
    """All members of the organisation."""

    fields = ("user", "team", "role")


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A team, and who is in it once it exists."""

    people = forms.ModelMultipleChoiceField(
        Membership.objects.none(), required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget, label="Members",
        help_text="People of the organisation; each place is in one team at most. Roles do not change.",
    )  # fmt: skip

    class Meta:
        model = Team
        fields = ("organisation", "name")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "people" in self.fields and not self.instance._state.adding:
            places = Membership.objects.filter(organisation_id=self.instance.organisation_id)
            field: Any = self.fields["people"]
            field.queryset = places.select_related("user", "organisation", "team").order_by("user__username")
            field.initial = list(places.filter(team=self.instance).values_list("pk", flat=True))
            field.label_from_instance = _place


def _place(place: Membership) -> str:
    team = f", now in {place.team}" if place.team is not None else ""
    return f"{place.user}, {place.get_role_display().lower()}{team}"


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
    form = TeamForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new team has nobody in it yet."""
        return ("organisation", "name", "people") if obj is not None else ("organisation", "name")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A team does not move to another organisation."""
        return ("organisation",) if obj is not None else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """With its people, by the action."""
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if "people" in form.changed_data:
                set_team_members.execute(obj, form.cleaned_data["people"])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the number of members."""
        return super().get_queryset(request).annotate(member_count=Count("memberships__user", distinct=True))

    @admin.display(ordering="member_count")
    def members(self, team: Any) -> int:
        """How many people belong to it."""
        return int(team.member_count)
